"""Examples scored by an exported model, the failed ones set aside."""

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils import shared

_REJECTED = "rejected"
_FIRST = ("score", "normalized_score")
_LAST = ("p_value", "threshold", "is_novel")
_SIGNATURE = "serving_bytes"


class ScorePictures(beam.PTransform):
    """Scores serialized `ImageExample`s with the `serving_bytes` signature.

    The model is loaded once in a worker process. A picture that fails takes no other
    along.

    Args:
        saved_model: str or path of one version of a SavedModel.
        max_batch_size: int, the most pictures that are scored together.

    Returns:
        (from `expand`) dict of PCollections: "scores", dicts of path, class_name,
        label and all outputs; "rejected", `(path, reason)`.
    """

    def __init__(self, saved_model, max_batch_size=128):
        super().__init__()
        self._saved_model = str(saved_model)
        self._max_batch_size = max_batch_size

    def expand(self, serialized):
        scored = (
            serialized
            | beam.BatchElements(
                min_batch_size=min(16, self._max_batch_size),
                max_batch_size=self._max_batch_size,
            )
            | beam.ParDo(_Score(self._saved_model, shared.Shared())).with_outputs(
                _REJECTED, main="scores"
            )
        )
        return {"scores": scored.scores, "rejected": scored[_REJECTED]}


class _Score(beam.DoFn):
    def __init__(self, saved_model, handle):
        self._saved_model = saved_model
        self._handle = handle
        self._loads = Metrics.counter("ScorePictures", "model_loads")
        self._uncounted_loads = 0

    def setup(self):
        import tensorflow as tf

        from keras_novnorm.datasets.image_examples import ImageExample

        self._tf = tf
        self._parse = ImageExample.parse
        self._model = self._handle.acquire(self._load, tag=self._saved_model)
        self._function = self._model.signatures[_SIGNATURE]

    def process(self, batch):
        # Beam drops what is counted in `setup`.
        self._loads.inc(self._uncounted_loads)
        self._uncounted_loads = 0
        examples = [self._parse(serialized) for serialized in batch]
        try:
            yield from self._rows(examples)
        except self._tf.errors.InvalidArgumentError:
            for example in examples:
                yield from self._row_or_reason(example)

    def _row_or_reason(self, example):
        try:
            yield from self._rows([example])
        except self._tf.errors.InvalidArgumentError as error:
            # TensorFlow puts where it happened before and after what happened.
            reason = error.message.split("\n\t [[")[0].split("\n")[-1]
            yield beam.pvalue.TaggedOutput(_REJECTED, (example.path, reason))

    def _rows(self, examples):
        image_bytes = self._tf.constant([example.image_bytes for example in examples])
        outputs = self._function(image_bytes=image_bytes)
        outputs = {name: value.numpy() for name, value in outputs.items()}
        middle = sorted(set(outputs) - set(_FIRST) - set(_LAST))
        names = [name for name in (*_FIRST, *middle, *_LAST) if name in outputs]
        return [
            {
                "path": example.path,
                "class_name": example.class_name,
                "label": example.label,
                # As shortest decimals of float32, which compare as the floats do.
                **{name: str(outputs[name][i]) for name in names},
            }
            for i, example in enumerate(examples)
        ]

    def _load(self):
        self._uncounted_loads += 1
        return self._tf.saved_model.load(self._saved_model)
