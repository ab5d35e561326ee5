"""Count of non-zero weights, with a gradient."""

import keras
from keras import ops

GRADIENTS = ("straight_through", "none")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class L0Count(keras.regularizers.Regularizer):
    """The pseudo-norm `‖W‖_0` of eq. (3): how many entries are not nearly zero.

    The value is the exact count of entries whose magnitude is not below
    `threshold`. A count has no gradient, so its gradient is that of a smooth
    stand-in, the Geman-McClure function `sum_j w_j^2 / (w_j^2 + scale^2)`, which
    tends to the same count as `scale` tends to zero (straight-through).

    The detector *subtracts* this penalty (eq. (4)): it keeps weights from
    vanishing.

    Args:
        threshold: magnitude from which an entry counts; the paper's 1e-10.
        scale: magnitude at which the stand-in reaches one half.
        gradient: `"straight_through"`, or `"none"` for the bare count.

    Example:

    >>> float(L0Count()(keras.ops.array([0.0, 0.5, -2.0])))
    2.0
    """

    def __init__(self, threshold=1e-10, scale=1e-2, gradient="straight_through"):
        if gradient not in GRADIENTS:
            raise ValueError(
                f"`gradient` of L0Count must be one of {GRADIENTS}. "
                f"Received: {gradient!r}"
            )
        self.threshold = threshold
        self.scale = scale
        self.gradient = gradient

    def __call__(self, weights):
        """Count the entries.

        Args:
            weights: float tensor of any shape.

        Returns:
            Float32 scalar: the number of entries, with the gradient described.
        """
        weights = ops.cast(weights, "float32")
        count = ops.sum(ops.cast(ops.abs(weights) >= self.threshold, "float32"))
        if self.gradient == "none":
            return ops.stop_gradient(count)
        squares = ops.square(weights)
        smooth = ops.sum(squares / (squares + self.scale**2))
        # The two smooth parts cancel in the value and leave the gradient of one;
        # the count is added last so that it stays exact.
        return (smooth - ops.stop_gradient(smooth)) + ops.stop_gradient(count)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "threshold": self.threshold,
            "scale": self.scale,
            "gradient": self.gradient,
        }
