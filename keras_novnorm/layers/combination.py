"""Normalised terms to one score."""

import keras
from keras import ops

METHODS = ("log_sum_exp", "mean", "paper")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class Combination(keras.layers.Layer):
    """Combine the terms of each image into its score.

    - `"log_sum_exp"`: `log(sum_k w_k exp(t_k))`, a smooth maximum without free
      parameters, in deviations of the normal class. A term in which an image
      looks very normal cannot talk another down, and no two normals tie.
    - `"mean"`: `sum_k w_k t_k`.
    - `"paper"`: `S` of eq. (7), `(1 - l1) L_r + l1 L_ns`, of values that are not
      normalised; eq. (6) follows, with the kept extremes, which is `p(x)` of
      eq. (5).

    Args:
        method: one of the three.
        weights: `w_k`, one for each term, which add up to 1.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        standardized: float tensor `[B, K]`, the terms in deviations.
        paper_scores: float tensor `[B]`, `S` of eq. (7).

    Returns:
        Float32 tensor `[B]`; higher is more novel.
    """

    def __init__(self, method="log_sum_exp", weights=(1.0,), **kwargs):
        if method not in METHODS:
            raise ValueError(f"`combination` must be one of {METHODS}. Got: {method!r}")
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.method = method
        self.weights_per_term = tuple(float(weight) for weight in weights)
        self.built = True

    def call(self, standardized, paper_scores):
        """The score of each image."""
        if self.method == "paper":
            return paper_scores
        weights = ops.convert_to_tensor(self.weights_per_term, "float32")
        if self.method == "mean":
            return ops.sum(weights * standardized, axis=-1)
        # A term with weight 0 is left out exactly: log(0) is minus infinity.
        return ops.logsumexp(standardized + ops.log(weights), axis=-1)

    def compute_output_shape(self, standardized_shape, paper_scores_shape=None):
        """`[B]`."""
        return standardized_shape[:1]

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "method": self.method,
            "weights": self.weights_per_term,
        }
