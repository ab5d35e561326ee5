"""Some test pictures, and what the trained detector itself says of them."""

import dataclasses
import itertools

import numpy as np

from pipeline.pipeline_error import PipelineError
from pipeline.storage.local_copy import local_copy

_FILES = 16


@dataclasses.dataclass(frozen=True)
class TrainerScores:
    """Pictures with the scores that a server must give them.

    Attributes:
        paths: list of str, N names.
        pictures: list of bytes, N picture files.
        outputs: dict from the names of outputs to arrays [N].
        units: dict from the names of outputs, all but the verdict and the p-value, to
            arrays [N]: how much is one deviation of the normal class.
        ranges: dict of the verdict and the p-value to pairs of arrays [N]: the least
            and the most that scores within the margin have.
    """

    paths: list
    pictures: list
    outputs: dict
    units: dict
    ranges: dict


def score_with_detector(detector_file, part, count):
    """Scores some test pictures with the detector, not with its export.

    Args:
        detector_file: `StoragePath` of a `.keras` file.
        part: `SelectionPart`, the test pictures.
        count: int, how many are scored at most, of all classes in turn.

    Returns:
        `TrainerScores`.

    Raises:
        PipelineError: none of the pictures can be decoded.
    """
    import tensorflow as tf

    from keras_novnorm.detectors.load_detector import load_detector
    from keras_novnorm.scoring.output_units import output_units
    from keras_novnorm.scoring.picture_scoring import score_pictures

    # The server has no GPU, and GPUs round otherwise.
    with tf.device("/CPU:0"), local_copy(detector_file, is_file=True) as path:
        detector = load_detector(path)
        chosen = list(_decodable(part, count, detector.image_shape[2]))
        if not chosen:
            raise PipelineError(
                f"None of the first {count} test pictures can be decoded: there is "
                "nothing to compare. See rejected.csv and unscored.csv."
            )
        pictures = [example.image_bytes for example in chosen]
        scored = [one.outputs for one in score_pictures(detector, pictures)]
        outputs = {name: np.array([one[name] for one in scored]) for name in scored[0]}
        # The further above the others, the smaller is the p-value.
        above, below = (
            detector.verdicts(np.float32(outputs["score"] + sign * detector.margin))
            for sign in (1, -1)
        )
        units = output_units(detector, outputs)
    return TrainerScores(
        paths=[example.path for example in chosen],
        pictures=pictures,
        outputs=outputs,
        units=units,
        ranges={
            "is_novel": (np.asarray(below["is_novel"]), np.asarray(above["is_novel"])),
            "p_value": (np.asarray(above["p_value"]), np.asarray(below["p_value"])),
        },
    )


def _decodable(part, count, channels):
    import tensorflow as tf

    from keras_novnorm.datasets.decode_image import decode_image

    for example in itertools.islice(_examples(part, count), count):
        try:
            decode_image(example.image_bytes, (None, None, channels))
        except tf.errors.InvalidArgumentError:
            continue  # The evaluation has set it aside.
        yield example


def _examples(part, count):
    """From files that are spread over all, one of each in turn."""
    files = part.files()
    step = max(1, len(files) // _FILES)
    chosen = files[::step][:_FILES]
    each = -(-2 * count // len(chosen))
    rows = itertools.zip_longest(*(_first(file, each) for file in chosen))
    return (one for row in rows for one in row if one is not None)


def _first(file, count):
    import tensorflow as tf

    from keras_novnorm.datasets.image_examples import ImageExample

    with local_copy(file, is_file=True) as path:
        records = tf.data.TFRecordDataset(path).take(count)
        return [ImageExample.parse(record) for record in records.as_numpy_iterator()]
