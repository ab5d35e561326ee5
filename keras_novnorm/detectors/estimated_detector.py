"""The family of detectors whose state is estimated in one pass, without a loss."""

import inspect

import keras

from keras_novnorm.detectors.estimate import estimate, mean_measure
from keras_novnorm.detectors.measured_detector import MeasuredDetector
from keras_novnorm.detectors.normal_images import NormalImages
from keras_novnorm.keras_settings import under_keras_settings

_FIT_OPTIONS = {*inspect.signature(keras.Model.fit).parameters, "restarts"}
"""What a training knows, too: code for detectors of any method may give it."""


class EstimatedDetector(MeasuredDetector):
    """A detector that reads its normals once, and keeps what it needs in weights.

    A method writes `MEASURES`, `fit_normals` and `measure`; its weights have a fixed
    size, padded where there are fewer normals. How a score is made of measures says
    `MeasuredDetector`.

    Args:
        *args: passed to `MeasuredDetector`.
        **kwargs: passed to `MeasuredDetector`.
    """

    IS_ESTIMATED = True

    def fit_normals(self, batches):
        """Learn from normal images; a method's own.

        Args:
            batches: `NormalImages`: an iterable of float32 arrays `[B, H, W, C]` in
                [0, 1], which may be read more than once.

        Returns:
            Dictionary of `MEASURES` to float array `[N]`: of each normal image as if
            it were new (of what has not learned from it). Or `None`: `measure` says
            so of any image.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `fit_normals`.")

    @under_keras_settings
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        callbacks=None,
        sample_weight=None,
        **kwargs,
    ):
        """Learn from images of the normal class, in one pass; labels are ignored.

        What was learned before is forgotten.

        Args:
            x: `tf.data.Dataset`, array `[N, H, W, C]`, generator or `PyDataset`,
                uint8 in [0, 255] or float in [0, 1], as `NoveltyDetector.fit` takes.
            y: ignored; for the habit of `fit(x, x)`.
            batch_size: images per step, where `x` is not batched yet.
            verbose: 0 for silence, 1 or "auto" for a progress bar.
            callbacks: list of Keras callbacks; they are told when the training begins
                and ends.
            sample_weight: array `[N]`, where `x` is an array; images of weight 0 are
                left out, other weights say nothing.
            **kwargs: of `keras.Model.fit` (`epochs`, ...), and `restarts`; they say
                nothing here.

        Returns:
            A `keras.callbacks.History` of one epoch: `loss`, the mean of the first
            measure over normals as if they were new.

        Raises:
            NonFiniteError: if an image has NaN or infinite values, or is none of the
                detector's shape (a `ValueError`); nothing is changed then.
            TypeError: if there is another argument.
        """
        if unknown := sorted(set(kwargs) - _FIT_OPTIONS):
            raise TypeError(
                f"`fit` takes what `keras.Model.fit` takes. Received also: {unknown}"
            )
        history = keras.callbacks.History()
        told = keras.callbacks.CallbackList(
            [history, *(callbacks or [])],
            model=self,
            **{"epochs": 1, "steps": None, "verbose": 0},
        )
        told.on_train_begin()
        told.on_epoch_begin(0)
        loss = self._estimate(x, batch_size, verbose, sample_weight)
        told.on_epoch_end(0, {"loss": loss})
        told.on_train_end()
        self.mark_collapsed([])
        return history

    @under_keras_settings
    def adapt(self, data, batch_size=None, verbose="auto"):
        """Learn anew, as `fit` does: its statistics are exact already.

        Args:
            data: normal images, as in `fit`.
            batch_size: images per step, where `data` is not batched yet.
            verbose: as in `fit`.
        """
        self._estimate(data, batch_size, verbose)

    @under_keras_settings
    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
    ):
        """The mean of the first measure over normal images, with or without `compile`.

        Args:
            x: as in `fit`.
            y: ignored.
            batch_size: images per step, where `x` is not batched yet.
            verbose: as in `fit`.
            sample_weight: as in `fit`.
            steps: how many batches are looked at; all of them unless given.
            callbacks: list of Keras callbacks; they are told when it begins and ends.
            return_dict: whether a dictionary of `loss` is returned.

        Returns:
            The mean, a float; of normals that it did not see about the `loss` of `fit`.

        Raises:
            NonFiniteError: if an image has NaN or infinite values.
        """
        told = keras.callbacks.CallbackList(callbacks, model=self)
        told.on_test_begin()
        size = batch_size or self.recipe["batch_size"]
        images = NormalImages(self, x, size, verbose, sample_weight, steps=steps)
        logs = {"loss": mean_measure(self, images)}
        told.on_test_end(logs)
        return logs if return_dict else logs["loss"]

    def train_on_batch(self, *args, **kwargs):
        """Refused: there are no steps.

        Args:
            *args: as `keras.Model.train_on_batch` takes.
            **kwargs: as `keras.Model.train_on_batch` takes.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"{type(self).__name__} learns from all normals in one pass, not from one "
            "batch after the other: use `fit`."
        )

    def _estimate(self, data, batch_size, verbose, sample_weight=None):
        size = batch_size or self.recipe["batch_size"]
        sketch = self.training_sketch
        normals = NormalImages(self, data, size, verbose, sample_weight, sketch)
        # A warning is of whoever called the method that called this one.
        return estimate(self, normals, stacklevel=4)
