"""Novelty normalization, eq. (6), of the score and of each term."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.layers.statistic import add_statistic

LARGEST_ROUNDING = 1e-4
"""Most that rounding moves a standardised term by: deviations have a floor."""

SCORE_ROUNDING = 2.0**-22
"""Relative rounding of `S` of eq. (7): two steps of float32."""

LOWEST = -1e30
"""`term_smallest` of a term that has none."""

GRADIENTS = ("hold", "flow")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NoveltyNormalization(keras.layers.Layer):
    """Bring scores to the normal class's own scale by statistics kept in weights.

    In training, eq. (6) uses the extremes of the batch:
    `Reg(S_i) = (S_i - S_min) / (S_max - S_min)`. At inference it uses `score_min`
    and `score_max`, the averages of the batch extremes over training, so that the
    score of an image does not depend on its batch. Nothing is clipped: an image
    more novel than any seen in training lies above 1.

    Each term has a mean and a variance of its own, moments of the normal class,
    and is standardised to `t = (value - mean) / deviation`. Where normals are much
    alike, a term varies by little more than float32 rounding does. So the deviation
    is at least `term_rounding`, what rounding moves on normals, over
    `LARGEST_ROUNDING`, and a value is at least `term_smallest`, below which it is
    rounding alone.

    Where every score of a batch is the same (a batch of one, say) the scale is
    taken as 1: value, loss and gradient stay finite.

    Args:
        num_terms: number of terms `K`.
        gradient: `"hold"` takes the batch extremes as constants in the backward
            pass; `"flow"` lets the gradient through them, which makes the loss
            free of scale: nothing then keeps the reconstruction good.
        momentum: weight of the past in the moments of the terms, which follow a
            model that still learns. Updates are counted, so that the first ones
            are plain averages and no starting value pulls.
        extremes_momentum: weight of the past in the kept extremes; `None` for the
            plain average over training, as the paper has it.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        scores: float tensor `[B]`, `S` of eq. (7).
        training: whether to use the extremes of this batch.

    Returns:
        Float32 tensor `[B]`, eq. (6).
    """

    def __init__(
        self,
        num_terms=1,
        gradient="hold",
        momentum=0.99,
        extremes_momentum=None,
        **kwargs,
    ):
        if gradient not in GRADIENTS:
            raise ValueError(
                f"`gradient` of NoveltyNormalization must be one of {GRADIENTS}. "
                f"Received: {gradient!r}"
            )
        for name, value in (
            ("momentum", momentum),
            ("extremes_momentum", extremes_momentum),
        ):
            if value is not None and not 0.0 <= value < 1.0:
                raise ValueError(
                    f"`{name}` of NoveltyNormalization must be in [0, 1). Got: {value}"
                )
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.num_terms = num_terms
        self.gradient = gradient
        self.momentum = momentum
        self.extremes_momentum = extremes_momentum

    def build(self, scores_shape=None):
        """Create the statistics: zero extremes, unit moments, nothing counted."""

        self.score_min = add_statistic(self, "score_min", (), "zeros")
        self.score_max = add_statistic(self, "score_max", (), "ones")
        self.num_updates = add_statistic(self, "num_updates", (), "zeros")
        self.term_mean = add_statistic(self, "term_mean", (self.num_terms,), "zeros")
        self.term_variance = add_statistic(
            self, "term_variance", (self.num_terms,), "ones"
        )
        self.num_term_updates = add_statistic(self, "num_term_updates", (), "zeros")
        self.term_rounding = add_statistic(
            self, "term_rounding", (self.num_terms,), "zeros"
        )
        self.term_smallest = add_statistic(
            self,
            "term_smallest",
            (self.num_terms,),
            keras.initializers.Constant(LOWEST),
        )
        self.built = True

    def call(self, scores, training=False, extremes=None):
        """Eq. (6) with the batch's extremes in training, with the kept ones else.

        `extremes`, a pair of scalars, stands in for the extremes of `scores` in
        training, where `scores` is one replica's share of the batch.
        """
        scores = ops.cast(scores, "float32")
        if training:
            low, high = extremes or (ops.min(scores), ops.max(scores))
            if self.gradient == "hold":
                low, high = ops.stop_gradient(low), ops.stop_gradient(high)
        else:
            low, high = self.score_min, self.score_max
        scale = high - low
        # Not `where(scale > 0)`: a difference of rounding is no scale either.
        tiny = 1e-7 * ops.maximum(ops.abs(high), ops.abs(low))
        scale = ops.where(scale > tiny, scale, ops.ones_like(scale))
        return (scores - low) / scale

    def update_extremes(self, low, high):
        """Take one batch's extremes into the averages `S̄_min`, `S̄_max`.

        Args:
            low: float scalar, the batch's smallest score.
            high: float scalar, the batch's largest.
        """
        share = 1.0 / (self.num_updates + 1.0)
        if self.extremes_momentum is not None:
            share = ops.maximum(1.0 - self.extremes_momentum, share)
        self.score_min.assign(self.score_min + share * (low - self.score_min))
        self.score_max.assign(self.score_max + share * (high - self.score_max))
        self.num_updates.assign(self.num_updates + 1.0)

    def update_terms(self, mean, variance, rounding=0.0, smallest=LOWEST):
        """Take one batch's moments into the running ones.

        Args:
            mean: float `[K]`, mean of each term over the batch.
            variance: float `[K]`, variance of each term over the batch.
            rounding: float `[K]`, mean of what rounding moves each term.
            smallest: float `[K]`, mean of the values below which there is nothing else.
        """
        share = ops.maximum(1.0 - self.momentum, 1.0 / (self.num_term_updates + 1.0))
        mean, variance = (ops.cast(x, "float32") for x in (mean, variance))
        shift = mean - self.term_mean
        # Variance of the mixture of what was seen and this batch.
        first = self.num_term_updates == 0
        between = ops.where(first, 0.0, share * (1.0 - share)) * ops.square(shift)
        within = (1.0 - share) * self.term_variance + share * variance
        self.term_variance.assign(within + between)
        self.term_mean.assign(self.term_mean + share * shift)
        self.term_rounding.assign((1.0 - share) * self.term_rounding + share * rounding)
        averaged = (1.0 - share) * self.term_smallest + share * smallest
        unknown = self.term_smallest <= LOWEST
        self.term_smallest.assign(ops.where(unknown, smallest, averaged))
        self.num_term_updates.assign(self.num_term_updates + 1.0)

    def standardize(self, values):
        """Deviations of the normal class: `t = (value - mean) / deviation`.

        Args:
            values: float tensor `[B, K]`.

        Returns:
            Float32 tensor `[B, K]`.
        """
        deviation = self.deviations()
        values = ops.maximum(ops.cast(values, "float32"), self.term_smallest)
        return (values - self.term_mean) / deviation

    def deviations(self):
        """What `standardize` divides by: float32 `[K]`, the floor in it."""
        deviation = ops.sqrt(self.term_variance)
        deviation = ops.maximum(deviation, self.term_rounding / LARGEST_ROUNDING)
        # A term that is always 0 on normals has no scale: it is only shifted.
        return ops.where(deviation > 1e-6, deviation, ops.ones_like(deviation))

    def score_deviation(self):
        """About a deviation of `S` of eq. (7) on normals, a float32 scalar.

        A batch spans four to five. With the same floor as the terms have.
        """
        size = ops.maximum(ops.abs(self.score_min), ops.abs(self.score_max))
        least = SCORE_ROUNDING * size / LARGEST_ROUNDING
        return ops.maximum((self.score_max - self.score_min) / 4.0, least)

    def set_statistics(
        self,
        score_min,
        score_max,
        num_updates,
        mean,
        variance,
        rounding=0.0,
        smallest=LOWEST,
    ):
        """Replace all statistics, as `NoveltyDetector.adapt` does.

        Args:
            score_min: float scalar.
            score_max: float scalar.
            num_updates: number of batches behind the extremes.
            mean: float `[K]`.
            variance: float `[K]`.
            rounding: float `[K]`, what float32 rounding moves each term on normals.
            smallest: float `[K]`, below which each term's value is rounding alone.
        """
        values = (score_min, score_max, num_updates, mean, variance, num_updates)
        # In the order of `build`.
        for weight, value in zip(
            self.weights, (*values, rounding, smallest), strict=True
        ):
            weight.assign(np.broadcast_to(value, weight.shape))

    def load_own_variables(self, store):
        """Read the weights of a saved file.

        Those written before there was a floor get none, and score as they did.

        Args:
            store: dictionary of arrays, as Keras gives.
        """
        if len(store.keys()) != len(self.weights) - 2:
            return super().load_own_variables(store)
        for index, weight in enumerate(self.weights[:-2]):
            weight.assign(store[str(index)])

    def compute_output_shape(self, scores_shape):
        """The shape of the scores."""
        return scores_shape

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "num_terms": self.num_terms,
            "gradient": self.gradient,
            "momentum": self.momentum,
            "extremes_momentum": self.extremes_momentum,
        }
