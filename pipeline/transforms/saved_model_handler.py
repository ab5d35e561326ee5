"""An exported model as Beam's `RunInference` takes it."""

import dataclasses

from apache_beam.ml.inference.base import ModelHandler

from pipeline.storage import StoragePath
from pipeline.storage.local_copy import local_copy


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a model says of one picture.

    Attributes:
        example: the `ImageExample`.
        outputs: dict from the names of outputs to numpy values, or `None`.
        reason: str, why there are none.
    """

    example: object
    outputs: dict | None
    reason: str = ""


class SavedModelHandler(ModelHandler):
    """Runs a signature that takes whole picture files, on `ImageExample`s.

    `RunInference` loads the model once in a worker process, batches and measures. Two
    things of it are not used. Its `with_exception_handling` gives up a whole batch for
    one bad picture: here each picture gets its own `Answer`. And its own handler for
    TensorFlow takes tensors of one shape, not picture files.

    Args:
        saved_model: `StoragePath` of a SavedModel's folder, on any file system.
        signature: str, a signature with the one input `image_bytes`.
        max_batch_size: int, the most pictures that are run together.
    """

    def __init__(self, saved_model, signature, max_batch_size=128):
        super().__init__()
        self._saved_model = StoragePath(saved_model)
        self._signature = signature
        self._max_batch_size = max_batch_size

    def load_model(self):
        """Returns the loaded SavedModel; a worker process asks once."""
        import tensorflow as tf

        with local_copy(self._saved_model) as path:
            return tf.saved_model.load(path)

    def run_inference(self, batch, model, inference_args=None):
        """Runs pictures.

        Args:
            batch: sequence of `ImageExample`.
            model: what `load_model` returned.
            inference_args: not used.

        Returns:
            List of `Answer`, in the order of the batch.
        """
        import tensorflow as tf

        try:
            return self._run(batch, model)
        except tf.errors.InvalidArgumentError as error:
            if len(batch) == 1:
                # TensorFlow puts where it happened before and after what happened.
                reason = error.message.split("\n\t [[")[0].split("\n")[-1]
                return [Answer(batch[0], None, reason)]
        # One bad picture takes no other along.
        return [self.run_inference([example], model)[0] for example in batch]

    def batch_elements_kwargs(self):
        """Returns dict of what `beam.BatchElements` is made with."""
        return {
            "min_batch_size": min(16, self._max_batch_size),
            "max_batch_size": self._max_batch_size,
        }

    def get_num_bytes(self, batch):
        """Returns int, the size of a batch."""
        return sum(len(example.image_bytes) for example in batch)

    def get_metrics_namespace(self):
        """Returns str, the namespace of what `RunInference` counts."""
        return self._signature

    def _run(self, batch, model):
        import tensorflow as tf

        image_bytes = tf.constant([example.image_bytes for example in batch])
        outputs = model.signatures[self._signature](image_bytes=image_bytes)
        outputs = {name: value.numpy() for name, value in outputs.items()}
        return [
            Answer(example, {name: value[i] for name, value in outputs.items()})
            for i, example in enumerate(batch)
        ]
