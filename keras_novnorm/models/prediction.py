"""What a detector says of many images: outputs, or loss and metrics."""

import warnings

from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.models.end_of_data import quiet_end_of_data
from keras_novnorm.models.image_batches import as_batches, labels_for_weights
from keras_novnorm.models.non_finite import NonFiniteWarning, describe_scores
from keras_novnorm.models.refused_batch import describe_refusal


class Prediction:
    """`predict` and `evaluate` of a detector; to be mixed in before `keras.Model`."""

    @under_keras_settings
    def predict(self, x, batch_size=None, verbose="auto", **kwargs):
        """Outputs of many images, as numpy arrays.

        Args:
            x: as in `fit`; an array is `[N, H, W, C]`.
            batch_size: images per step, where `x` is not batched yet.
            verbose: as in Keras.
            **kwargs: passed to `keras.Model.predict`.

        Returns:
            Dictionary of numpy arrays `[N]`, as `call` returns. Pictures with NaN or
            infinite values have the score and the p-value NaN and are novel; a
            `NonFiniteWarning` names them. The others keep their scores.

        Raises:
            ValueError: if images have another shape than the detector's.
        """
        outputs = self._predict(x, batch_size or 32, verbose=verbose, **kwargs)
        if problem := describe_scores(outputs["score"]):
            warnings.warn(
                f"{problem}. Their score and p-value are NaN, and they count as novel.",
                NonFiniteWarning,
                stacklevel=3,
            )
        return outputs

    def _predict(self, x, batch_size, **kwargs):
        x = as_batches(x, self.image_shape, batch_size)
        if hasattr(x, "shape"):
            kwargs["batch_size"] = batch_size
        with quiet_end_of_data(not kwargs.get("steps")):
            return super().predict(x, **kwargs)

    @under_keras_settings
    def evaluate(self, x=None, y=None, batch_size=None, sample_weight=None, **kwargs):
        """Loss and metrics on normal images, with the kept statistics.

        Args:
            x: as in `fit`.
            y: ignored.
            batch_size: images per step, where `x` is not batched yet.
            sample_weight: as in `fit`.
            **kwargs: passed to `keras.Model.evaluate`.

        Returns:
            As `keras.Model.evaluate`.

        Raises:
            NonFiniteError: if an image has NaN or infinite values.
        """
        size = batch_size or self.recipe["batch_size"]
        x = as_batches(x, self.image_shape, size)
        if hasattr(x, "shape"):
            kwargs["batch_size"] = size
        if not kwargs.get("_use_cached_eval_dataset"):  # of `fit`, in mid-training
            x = self._leave_xla_to_plain_batches(x, sample_weight)
        self.test_guard.begin()
        with quiet_end_of_data(not kwargs.get("steps")):
            found = super().evaluate(
                x=x,
                y=labels_for_weights(sample_weight),
                sample_weight=sample_weight,
                **kwargs,
            )
        if refusal := self.test_guard.refusal():
            raise describe_refusal(refusal, "of the evaluation", training=False)
        return found
