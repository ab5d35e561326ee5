"""The family of detectors that are trained by a loss."""

import keras
from keras import ops

from keras_novnorm.callbacks.epoch_rate import rates_put_back
from keras_novnorm.detectors.guarded_detector import GuardedDetector
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.training.end_of_data import quiet_end_of_data
from keras_novnorm.training.first_images import first_images
from keras_novnorm.training.fit_inputs import (
    fit_callbacks,
    leave_xla_to_plain_batches,
    validation_batches,
)
from keras_novnorm.training.image_batches import (
    as_batches,
    is_read_once,
    labels_for_weights,
)
from keras_novnorm.training.restart import fit_until_sound


class TrainedDetector(GuardedDetector):
    """A detector that an optimizer trains, step by step.

    A method writes `train_step` and `test_step`, with a `StepGuard` that keeps what
    is not finite from moving anything, `adapt`, and metrics of a collapse (`SIGNS`,
    `MINIMUMS`); it may write `before_training`.

    Args:
        *args: passed to `GuardedDetector`.
        **kwargs: passed to `GuardedDetector`.
    """

    RECIPE = {
        "epochs": 15,
        "batch_size": 128,
        "learning_rate": 1e-3,
        "learning_rate_drops": (0.6, 0.85),
    }

    @under_keras_settings
    def compile(self, optimizer=None, **kwargs):
        """Configure for training; every argument has a default that works.

        Args:
            optimizer: a Keras optimizer; Adam at the recipe's learning rate unless
                given.
            **kwargs: passed to `keras.Model.compile` (`jit_compile`,
                `steps_per_execution`, `run_eagerly`, ...). Loss and metrics are the
                detector's own and not accepted.

        Raises:
            ValueError: if a loss or metrics are given.
        """
        for name in ("loss", "loss_weights", "metrics", "weighted_metrics"):
            if kwargs.pop(name, None) is not None:
                raise ValueError(
                    f"The loss of {type(self).__name__} is its own, as are its "
                    f"metrics. Leave `{name}` out of `compile()`; for metrics of "
                    "labelled images see `keras_novnorm.metrics`."
                )
        if optimizer is None:
            optimizer = keras.optimizers.Adam(self.recipe["learning_rate"])
        super().compile(optimizer=optimizer, **kwargs)

    def compile_from_config(self, config):
        """Compile as `get_compile_config` says, when loading.

        Args:
            config: dictionary from `get_compile_config`.
        """
        config = keras.saving.deserialize_keras_object(config)
        # Keras writes all its arguments; ours has no use for the empty ones.
        self.compile(**{k: v for k, v in config.items() if v is not None})
        if self.built and self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    @under_keras_settings
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=None,
        verbose="auto",
        callbacks=None,
        restarts=0,
        validation_data=None,
        sample_weight=None,
        **kwargs,
    ):
        """Train on images of the normal class; labels, if any, are ignored.

        Without `epochs` the preset's recipe is followed: epochs, batch size and
        the steps of the learning rate. With `epochs` the learning rate stays as
        `compile` set it.

        Before the first step the decoder's output bias is set to the mean of the
        first images, if the decoder offers that. A `CollapseMonitor` watches.

        An image's weight multiplies its loss, and the mean is over the images. One
        of weight 0 is left out as if it were not there: it counts neither in the
        mean nor in extremes, moments and batch normalization. A batch of nothing
        but such images has the loss of the penalties alone and moves no statistic of
        the terms. With weights XLA is
        left off, whatever `compile` says, since batches then vary in size.

        Args:
            x: `tf.data.Dataset` (of batches or of single images), array `[N, H,
                W, C]`, generator or `PyDataset`, uint8 in [0, 255] or float in
                [0, 1]; images alone, `(image, label)`, `(image, label, weight)` or
                a dictionary with the key `"image"`.
            y: ignored; for the habit of `fit(x, x)`.
            batch_size: images per step, where `x` is not batched yet.
            epochs: number of passes; the recipe's unless given.
            verbose: as in Keras.
            callbacks: list of Keras callbacks.
            restarts: how often to begin again with other starting values when
                training has collapsed; `num_restarts` then says how often it was.
                All trainable weights are drawn anew, loaded ones too; frozen layers
                keep theirs.
            validation_data: normal images for the `val_` metrics, as `x`, or a
                tuple of arrays `(x, y)` or `(x, y, sample_weight)`.
            sample_weight: array `[N]`, the weight of each image, where `x` is an
                array.
            **kwargs: passed to `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            NonFiniteError: at the first batch with an image of NaN or infinite values,
                or of which the training made such (a `DivergedError`; where
                `restarts` are left it begins again). Weights, optimizer and
                statistics are as they were before that batch.
            ValueError: if images have another shape than the detector's, or if
                `restarts` is asked for with data that can be read only once, or
                `compile` was not called.
        """
        if not self.compiled:
            raise ValueError("Call `detector.compile()` before `detector.fit(...)`.")
        if restarts < 0:
            raise ValueError(f"`restarts` must be 0 or more. Received: {restarts}")
        size = batch_size or self.recipe["batch_size"]
        x = as_batches(x, self.image_shape, size)
        callbacks = fit_callbacks(self, x, epochs, callbacks)
        epochs = self.recipe["epochs"] if epochs is None else epochs
        if hasattr(x, "shape"):
            kwargs["batch_size"] = size
        elif getattr(x, "num_batches", None) is None:
            kwargs.setdefault("shuffle", False)  # Keras cannot, and warns
        if restarts and is_read_once(x):
            raise ValueError(
                "`restarts` needs data that can be read again: an array, a "
                f"`tf.data.Dataset` or a `PyDataset`. Received: {type(x).__name__}"
            )
        x = leave_xla_to_plain_batches(self, x, sample_weight)
        validation = validation_batches(validation_data, self.image_shape, size)
        once = is_read_once(x) or is_read_once(validation)
        steps = kwargs.get("steps_per_epoch") or kwargs.get("validation_steps")
        held_out = kwargs.get("validation_split", 0.0)
        fit = super().fit

        def fit_once():
            # Keras keeps here where `BackupAndRestore` went on, also for later runs.
            self._initial_epoch = None
            with (
                quiet_end_of_data(not steps and not (once and epochs > 1)),
                rates_put_back(callbacks),
            ):
                return fit(
                    x=self._before_training(x, size, sample_weight, held_out),
                    y=labels_for_weights(sample_weight),
                    epochs=epochs,
                    verbose=verbose,
                    callbacks=callbacks,
                    validation_data=validation,
                    sample_weight=sample_weight,
                    **kwargs,
                )

        return fit_until_sound(self, fit_once, restarts)

    def _before_training(self, x, size, sample_weight=None, held_out=0.0):
        # The optimizer alone does not tell: another `compile` makes a new one. Through
        # numpy, since a variable of many replicas is no number.
        counters = [self.num_steps]
        if self.optimizer is not None:
            counters.append(self.optimizer.iterations)
        if any(ops.convert_to_numpy(counter) > 0 for counter in counters):
            return x
        if type(self).before_training is TrainedDetector.before_training:
            return x  # nobody looks
        images, x = first_images(x, size, self.unit_range, sample_weight, held_out)
        if images is not None:
            self.before_training(images)
        return x

    @property
    def num_steps(self):
        """A number that is above 0 once the detector was trained; it is in its file."""
        return 0

    def before_training(self, images):
        """Look at the first images before the first step; a method's own.

        Args:
            images: float32 `[N, H, W, C]` in [0, 1].
        """
