"""Steps of training and evaluation that nothing infinite gets through."""

from keras_novnorm.detectors.one_class_detector import OneClassDetector
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.training.end_of_data import quiet_end_of_data
from keras_novnorm.training.fit_inputs import leave_xla_to_plain_batches
from keras_novnorm.training.image_batches import as_batches, labels_for_weights
from keras_novnorm.training.refused_batch import describe_refusal
from keras_novnorm.training.step_guard import StepGuard


class GuardedDetector(OneClassDetector):
    """A detector with a guard of each kind of step, which its steps ask.

    Args:
        *args: passed to `OneClassDetector`.
        **kwargs: passed to `OneClassDetector`.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Of training, and of evaluation: they are in no file.
        self.step_guard, self.test_guard = StepGuard(), StepGuard()

    def train_on_batch(self, *args, **kwargs):
        """As Keras', and an error where the batch is not finite.

        Args:
            *args: as `keras.Model.train_on_batch` takes.
            **kwargs: as `keras.Model.train_on_batch` takes.

        Returns:
            As `keras.Model.train_on_batch`.

        Raises:
            NonFiniteError: as `fit` does.
        """
        self.step_guard.begin()
        found = super().train_on_batch(*args, **kwargs)
        if refusal := self.step_guard.refusal():
            raise describe_refusal(refusal, "of `train_on_batch`")
        return found

    def make_train_function(self, force=False):
        """As Keras', with the optimizer's variables made before.

        TensorFlow traces a step that makes variables twice.

        Args:
            force: whether to trace anew.

        Returns:
            As `keras.Model.make_train_function`.
        """
        if not self.optimizer.built:
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)
        return super().make_train_function(force)

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
            x = leave_xla_to_plain_batches(self, x, sample_weight)
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
