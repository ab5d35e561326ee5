"""Reconstruction error, eq. (1)."""

import math

import keras
from keras import ops

from keras_novnorm.terms.base import Term


def mean_squared_error(images, reconstructions):
    """Mean squared error of each image over its pixels, eq. (1).

    Args:
        images: float tensor `[B, H, W, C]` in [0, 1].
        reconstructions: float tensor `[B, H, W, C]`.

    Returns:
        Float32 tensor `[B]`.
    """
    difference = ops.cast(images, "float32") - ops.cast(reconstructions, "float32")
    return ops.mean(ops.square(difference), axis=(1, 2, 3))


@keras.saving.register_keras_serializable(package="keras_novnorm")
class ReconstructionError(Term):
    """Reconstruction error `L_r(x_i)`, eq. (1): mean squared over the pixels.

    Args:
        name: name of the output.
        **kwargs: passed to `Term`.
    """

    normalized_after = "log"

    def __init__(self, name="reconstruction_error", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, observation):
        """Mean squared error of each image, float32 `[B]`."""
        return mean_squared_error(observation.images, observation.reconstructions)

    def operands(self, observation):
        """Mean square of picture and reconstruction, and the number of pixels."""
        sides = (observation.images, observation.reconstructions)
        size = sum(
            ops.mean(ops.square(ops.cast(side, "float32")), axis=(1, 2, 3))
            for side in sides
        )
        return size, math.prod(observation.images.shape[1:])
