"""One way to score pictures, whichever form the model has."""

import itertools
import json
import pathlib

import numpy as np

from keras_novnorm.datasets.transcode import MAX_PIXELS
from novnorm.exit_code import NotUnderstoodError
from novnorm.load_model import is_export, load_detector

BATCH_SIZE = 32
_CARD = pathlib.PurePath("assets.extra", "detector.json")


def open_scorer(path, max_pixels=MAX_PIXELS):
    """Opens a model to score with.

    Args:
        path: str, a run's folder, a `.keras` file or the version folder of an export.
        max_pixels: int, the most pixels of a picture that it will be given.

    Returns:
        `DetectorScorer` or `ExportScorer`.

    Raises:
        FileNotFoundError: there is none.
        NotUnderstoodError: an export does not take so many pixels.
        ValueError: what is there is no model, or it is not calibrated.
    """
    if is_export(path):
        if max_pixels > MAX_PIXELS:
            raise NotUnderstoodError(
                f"--max-megapixels {max_pixels / 1e6:g}: an export reads pictures of "
                f"at most {MAX_PIXELS / 1e6:g} megapixels. Give the folder of the run "
                "or its .keras file."
            )
        return ExportScorer(path)
    scorer = DetectorScorer(load_detector(path))
    if not scorer.card["calibrated"]:
        raise ValueError(
            f"The detector in {path} is not calibrated: it could not tell novel from "
            f"normal. Calibrate it on held-out normals: novnorm calibrate {path} FOLDER"
        )
    return scorer


class _Scorer:
    """What both kinds have: what the card says.

    Attributes:
        detector: `NoveltyDetector`, or None: an export cannot be taken apart.
        card: dict, as `describe_detector` gives it.
    """

    detector = None
    card: dict

    @property
    def has_map(self):
        """bool, whether there are anomaly maps; of old exports, all have them."""
        return self.card.get("has_map", True)

    @property
    def map_threshold(self):
        """float, the value of the map above which a pixel is novel."""
        return self.card.get("map_threshold")

    @property
    def map_scale(self):
        """float, the value of the brightest colour of heat maps."""
        return self.card.get("map_scale")


class DetectorScorer(_Scorer):
    """A detector in this process.

    Args:
        detector: `NoveltyDetector`, calibrated.
    """

    def __init__(self, detector):
        from keras_novnorm.export.model_card import describe_detector

        self.detector = detector
        self.card = describe_detector(detector)

    def score(self, pictures, with_maps=False, were_learned=False):
        """Scores picture files, as `score_pictures` does."""
        from keras_novnorm.scoring.picture_scoring import score_pictures

        return score_pictures(
            self.detector, pictures, BATCH_SIZE, with_maps, were_learned
        )

    def calibration_scores(self):
        """Returns float array, the scores that the threshold comes from."""
        return self.detector.calibration.kept_scores()


class ExportScorer(_Scorer):
    """An export for servers, run in this process.

    Args:
        path: str, the version folder.
    """

    def __init__(self, path):
        import tensorflow as tf

        card = pathlib.Path(path) / _CARD
        if not card.is_file():
            raise ValueError(
                f"{path} is a SavedModel, but none of a detector: no {card}."
            )
        self.card = json.loads(card.read_text(encoding="utf-8"))
        self._model = tf.saved_model.load(str(path))

    def score(self, pictures, with_maps=False):
        """Scores picture files, as `score_pictures` does."""
        import tensorflow as tf

        from keras_novnorm.scoring.picture_scoring import PictureScore

        score = self._model.signatures["serving_bytes"]
        locate = self.has_map and self._model.signatures["anomaly_map_bytes"]
        for batch in _batches(pictures, BATCH_SIZE):
            found = score(image_bytes=tf.constant(batch))
            found = {name: value.numpy() for name, value in found.items()}
            for place, image_bytes in enumerate(batch):
                anomaly_map = None
                if with_maps and locate:
                    one = locate(image_bytes=tf.constant([image_bytes]))
                    anomaly_map = _at_size_of(one["anomaly_map"], image_bytes)
                outputs = {name: value[place].item() for name, value in found.items()}
                yield PictureScore(outputs, anomaly_map)

    def calibration_scores(self):
        """Returns an empty array: an export does not give them away."""
        return np.zeros(0, "float32")


def _batches(items, size):
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def _at_size_of(maps, image_bytes):
    import tensorflow as tf

    from keras_novnorm.datasets.transcode import inspect_picture

    info = inspect_picture(image_bytes, 2**62)
    size = (info.height, info.width)
    return np.asarray(tf.image.resize(maps[..., None], size))[0, :, :, 0]
