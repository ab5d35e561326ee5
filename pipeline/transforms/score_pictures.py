"""Examples scored by an exported model, the failed ones set aside."""

import dataclasses

import apache_beam as beam
from apache_beam.ml.inference.base import RunInference

from pipeline.transforms.readable import readable
from pipeline.transforms.saved_model_handler import SavedModelHandler

SIGNATURE = "serving_bytes"
_FIRST = ("score", "normalized_score")
_LAST = ("p_value", "threshold", "is_novel")


@dataclasses.dataclass(frozen=True)
class Judged:
    """What the metrics need to know of a scored picture.

    Attributes:
        label: int, 0 normal, 1 novel.
        score: float.
        threshold: float.
        is_novel: bool, the verdict.
        class_name: str.
        columns: dict from str to str, what else the source says of it.
    """

    label: int
    score: float
    threshold: float
    is_novel: bool
    class_name: str
    columns: dict


class ScorePictures(beam.PTransform):
    """Scores serialized `ImageExample`s with the `serving_bytes` signature.

    The model is loaded once in a worker process. A picture that fails takes no other
    along.

    Args:
        saved_model: `StoragePath` of a SavedModel.
        label_of: function from a class name to 0 (normal) or 1 (novel).
        max_batch_size: int, the most pictures that are scored together.

    Returns:
        (from `expand`) dict of PCollections: "scores", dicts of path, class_name,
        label and all outputs; "judged", a `Judged` for each of them; "rejected",
        `(path, reason)`.
    """

    def __init__(self, saved_model, label_of, max_batch_size=128):
        super().__init__()
        self._handler = SavedModelHandler(saved_model, SIGNATURE, max_batch_size)
        self._label_of = label_of

    def expand(self, serialized):
        answers = (
            serialized
            | "Parse" >> beam.Map(parse)
            | "Run" >> RunInference(self._handler)
        )
        good = answers | "Scored" >> beam.Filter(lambda a: a.outputs is not None)
        bad = answers | "Failed" >> beam.Filter(lambda a: a.outputs is None)
        return {
            "scores": good | "Rows" >> beam.Map(_row, self._label_of),
            "judged": good | "Judge" >> beam.Map(_judged, self._label_of),
            "rejected": bad
            | "Reasons" >> beam.Map(lambda a: (readable(a.example.path), a.reason)),
        }


def parse(serialized):
    """Returns the `ImageExample` of its bytes; TensorFlow is imported on the worker."""
    from keras_novnorm.datasets.image_examples import ImageExample

    return ImageExample.parse(serialized)


def _row(answer, label_of):
    example, outputs = answer.example, answer.outputs
    middle = sorted(set(outputs) - set(_FIRST) - set(_LAST))
    names = [name for name in (*_FIRST, *middle, *_LAST) if name in outputs]
    return {
        "path": readable(example.path),
        "class_name": readable(example.class_name),
        "label": label_of(example.class_name),
        # As shortest decimals of float32, which compare as the floats do.
        **{name: str(outputs[name]) for name in names},
    }


def _judged(answer, label_of):
    example, outputs = answer.example, answer.outputs
    return Judged(
        label=label_of(example.class_name),
        score=float(outputs["score"]),
        threshold=float(outputs["threshold"]),
        is_novel=bool(outputs["is_novel"]),
        class_name=readable(example.class_name),
        columns={
            readable(name): readable(value) for name, value in example.columns.items()
        },
    )
