"""The calibration of a detector, kept in its weights."""

import warnings

import keras
import numpy as np
from keras import ops

from keras_novnorm.calibration.margin import place_scores
from keras_novnorm.calibration.p_value import p_values
from keras_novnorm.calibration.threshold import check_finite, threshold_at

PIXEL_RATE = 0.005
"""Share of the pixels of normals that are above the threshold of the anomaly map."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class Calibration(keras.layers.Layer):
    """Threshold and p-value from scores of held-out normal images.

    No labels and no share of anomalies are asked for. All state is in weights, so
    that it travels with every saved form, and the target rate can be set later
    from the kept scores, without images and without training. Until `fit_scores`
    was called, threshold and p-values are NaN and nothing is novel.

    Args:
        capacity: how many scores are kept.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        scores: float tensor `[B]`.
        margin: float scalar: a score that is above another one by less counts as the
            same, see `MARGIN`.

    Returns:
        Dictionary of `p_value` float32 `[B]`, `threshold` float32 `[B]` (the one
        threshold, repeated) and `is_novel` bool `[B]`. A score that is not finite has
        the p-value NaN and is novel, calibrated or not: never is it called normal.
    """

    def __init__(self, capacity=8192, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.capacity = capacity

    def build(self, scores_shape=None):
        """Create the weights: no scores, no threshold."""

        def state(name, shape, value):
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=keras.initializers.Constant(value),
                dtype="float32",
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
            )

        self.calibration_scores = state("calibration_scores", (self.capacity,), -np.inf)
        self.num_scores = state("num_scores", (), 0.0)
        self.threshold = state("threshold", (), np.nan)
        self.target_fpr = state("target_fpr", (), np.nan)
        self.map_threshold = state("map_threshold", (), np.nan)
        self.built = True

    def call(self, scores, margin=0.0):
        """Verdict on each score; `margin`, in its unit, is in favour of normal."""
        compared = scores - margin
        # NaN, not 1, while nothing is calibrated: a p-value would claim something.
        p_value = p_values(compared, self.calibration_scores, self.num_scores)
        unknown = ops.logical_not(ops.isfinite(scores))
        known = ops.logical_and(self.num_scores > 0, ops.logical_not(unknown))
        p_value = ops.where(known, p_value, np.nan)
        return {
            "p_value": p_value,
            "threshold": ops.zeros_like(scores) + self.threshold,
            "is_novel": ops.logical_or(compared > self.threshold, unknown),
        }

    def fit_scores(self, scores, target_fpr, margin=0.0):
        """Keep the scores of held-out normals and set the threshold.

        Args:
            scores: float array `[n]`. More than `capacity` are thinned at random,
                with a fixed seed and a warning; the false-positive rate holds all
                the same.
            target_fpr: target false-positive rate, in (0, 1).
            margin: float, the margin that scores will be compared with; what is kept
                is then where `place_scores` puts it.

        Raises:
            ValueError: if the scores are too few for `target_fpr`, or not finite;
                nothing is changed then.
        """
        scores = np.asarray(scores, "float32").reshape(-1)
        if scores.size > self.capacity:
            warnings.warn(
                f"{scores.size} calibration scores were given and {self.capacity} of "
                "them, drawn at random, are kept; raise `calibration_capacity` of "
                "the detector to keep more.",
                stacklevel=2,
            )
            chosen = np.random.default_rng(0).choice(
                scores.size, self.capacity, replace=False
            )
            scores = scores[chosen]
        check_finite(scores)
        scores = place_scores(scores, margin)
        threshold = threshold_at(scores, target_fpr)
        padded = np.full(self.capacity, -np.inf, "float32")
        padded[self.capacity - scores.size :] = scores
        self.calibration_scores.assign(padded)
        self.num_scores.assign(scores.size)
        self._set_threshold(threshold, target_fpr)

    def fit_maps(self, values):
        """Set the threshold of the anomaly map from held-out normals.

        Args:
            values: float array, values of pixels of their maps; `PIXEL_RATE` of them
                lie above the threshold.
        """
        values = np.asarray(values, "float64")
        self.map_threshold.assign(np.quantile(values, 1.0 - PIXEL_RATE))

    def set_target_fpr(self, target_fpr):
        """Move the threshold to another target rate, from the kept scores.

        Args:
            target_fpr: target false-positive rate, in (0, 1).

        Raises:
            ValueError: if nothing was calibrated, or the kept scores are too few.
        """
        self._set_threshold(threshold_at(self.kept_scores(), target_fpr), target_fpr)

    def _set_threshold(self, threshold, target_fpr):
        self.threshold.assign(threshold)
        self.target_fpr.assign(target_fpr)

    def kept_scores(self):
        """The calibration scores, ascending: float32 numpy array `[n]`."""
        count = int(self.num_scores.numpy())
        return self.calibration_scores.numpy()[self.capacity - count :]

    def compute_output_shape(self, scores_shape):
        """Each output has the shape of the scores."""
        return dict.fromkeys(("p_value", "threshold", "is_novel"), scores_shape)

    def compute_output_spec(self, scores, margin=0.0):
        """Each output has the shape of the scores; the verdict is bool."""
        return {
            "p_value": keras.KerasTensor(scores.shape, "float32"),
            "threshold": keras.KerasTensor(scores.shape, "float32"),
            "is_novel": keras.KerasTensor(scores.shape, "bool"),
        }

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "capacity": self.capacity}
