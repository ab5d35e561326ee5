"""The family of detectors whose state is estimated in one pass, without a loss."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.detectors.describe_terms import describe_terms
from keras_novnorm.detectors.normal_images import NormalImages
from keras_novnorm.detectors.one_class_detector import OneClassDetector
from keras_novnorm.keras_settings import EPSILON, under_keras_settings
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.terms.rounding import own_rounding
from keras_novnorm.training.step_guard import weights_put_back

_LOOKED_BACK = 256


class EstimatedDetector(OneClassDetector):
    """A detector that reads its normals once, and keeps what it needs in weights.

    A method writes `MEASURES`, `fit_normals` and `measure`; its weights have a fixed
    size, padded where there are fewer normals. The score is the logarithm of each
    measure, brought to the normal class's own scale (eq. (6) term by term) and
    combined by log-sum-exp; so it is in deviations of the normal class.

    Args:
        *args: passed to `OneClassDetector`.
        **kwargs: passed to `OneClassDetector`.
    """

    IS_ESTIMATED = True

    MEASURES = ()
    """Names of what `measure` gives; a method's own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        number = len(self.MEASURES)
        self.normalization = NoveltyNormalization(number, name="normalization")
        self.combine = Combination(weights=[1 / number] * number, name="combine")

    def build(self, input_shape):
        """Create the state that all such detectors have."""
        if not self.normalization.built:
            self.normalization.build((None,))
        super().build(input_shape)

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

    def measure(self, images):
        """How far each image is from the normal ones; a method's own.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Dictionary of `MEASURES` to float32 `[B]`, not negative.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `measure`.")

    def rounding(self, images, values):
        """What rounding leaves of a measure; one of differences says more.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].
            values: float32 `[B]`, one of `measure`'s.

        Returns:
            Tuple of float32 `[B]`: how far rounding moves the logarithm, and the
            value below which it is rounding alone.
        """
        logarithms = ops.log(values + EPSILON)
        return own_rounding(logarithms, True), ops.zeros_like(values)

    def rounding_of_measures(self, images):
        """Measures of images, and what rounding leaves of them.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Tuple of what `measure` gives, and a dictionary of `MEASURES` to what
            `rounding` gives.
        """
        values = self.measure(images)
        return values, {n: self.rounding(images, values[n]) for n in self.MEASURES}

    @property
    def part_names(self):
        """`normalized_score`, eq. (6) of the first measure, and the measures."""
        return ("normalized_score", *self.MEASURES)

    def score_parts(self, images):
        """Score, `normalized_score` and measures of each image."""
        return self.score_of_measures(self.measure(images))

    def score_of_measures(self, parts):
        """Score and parts of measures.

        Args:
            parts: as `measure` gives them.

        Returns:
            As `score_parts`.
        """
        values = ops.stack([parts[name] for name in self.MEASURES], axis=-1)
        standardized = self.normalization.standardize(ops.log(values + EPSILON))
        normalized = self.normalization(values[:, 0])
        score = self.combine(standardized, values[:, 0])
        return score, {"normalized_score": normalized, **parts}

    @property
    def normalized_after(self):
        """Of each measure the logarithm is standardised."""
        return dict.fromkeys(self.MEASURES, "log")

    def describe(self):
        """Measures with their statistics on normals."""
        return {"facts": {}, **describe_terms(self)}

    @under_keras_settings
    def fit(self, x=None, y=None, batch_size=None, verbose="auto", **kwargs):
        """Learn from images of the normal class, in one pass; labels are ignored.

        Args:
            x: `tf.data.Dataset`, array `[N, H, W, C]`, generator or `PyDataset`,
                uint8 in [0, 255] or float in [0, 1], as `NoveltyDetector.fit` takes.
            y: ignored; for the habit of `fit(x, x)`.
            batch_size: images per step, where `x` is not batched yet.
            verbose: 0 for silence, 1 or "auto" for a progress bar.
            **kwargs: of `keras.Model.fit`; `callbacks` are told when the training
                begins and ends, the others (`epochs`, ...) say nothing here.

        Returns:
            A `keras.callbacks.History` of one epoch: `loss`, the mean of the first
            measure over normals as if they were new.

        Raises:
            NonFiniteError: if an image has NaN or infinite values, or is none of the
                detector's shape (a `ValueError`); nothing is changed then.
        """
        history = keras.callbacks.History()
        callbacks = keras.callbacks.CallbackList(
            [history, *(kwargs.get("callbacks") or [])],
            model=self,
            **{"epochs": 1, "steps": None, "verbose": 0},
        )
        callbacks.on_train_begin()
        callbacks.on_epoch_begin(0)
        loss = self._estimate(x, batch_size, verbose)
        callbacks.on_epoch_end(0, {"loss": loss})
        callbacks.on_train_end()
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

    def _estimate(self, data, batch_size, verbose):
        size = batch_size or self.recipe["batch_size"]
        normals = NormalImages(self, data, size, verbose)
        with weights_put_back(self):
            left_out = self.fit_normals(normals)
            measured, rounding, smallest = self._look_back(normals, left_out)
            values = np.stack(
                [np.asarray((left_out or measured)[n]) for n in self.MEASURES], axis=-1
            )
            # As `score_parts` will: of what is rounding alone nothing is made.
            logarithms = np.log(np.maximum(values, smallest) + EPSILON)
            self.normalization.set_statistics(
                float(values[:, 0].min()),
                float(values[:, 0].max()),
                1,
                logarithms.mean(axis=0),
                logarithms.var(axis=0),
                rounding,
                np.log(smallest + EPSILON),
            )
        return float(values[:, 0].mean())

    def _look_back(self, normals, left_out):
        """Measures of the normals, and what rounding leaves of them, on average."""

        @tf.function(reduce_retracing=True, autograph=False)
        def look(images):
            found, limits = self.rounding_of_measures(images)
            limits = [ops.stack(limits[name], axis=-1) for name in self.MEASURES]
            return found, ops.stack(limits, -2)

        measured, limits = [], []
        for images in normals:
            found, limit = look(tf.convert_to_tensor(images))
            measured.append({n: value.numpy() for n, value in found.items()})
            limits.append(limit.numpy())
            # The mean of what rounding leaves is known after a few.
            if left_out and sum(map(len, limits)) >= _LOOKED_BACK:
                break
        rounding, smallest = np.concatenate(limits).mean(axis=0).T
        return (
            {n: np.concatenate([m[n] for m in measured]) for n in self.MEASURES},
            rounding,
            smallest,
        )
