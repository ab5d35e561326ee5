"""Where in the image the novelty is."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_novnorm")
class AnomalyMap(keras.layers.Layer):
    """Per-pixel squared error, smoothed, at the image's size.

    The mean of the smoothed map is near eq. (1); a single wrong pixel becomes a
    spot. At the border the Gaussian is renormalised over what lies inside, so that
    edges are neither darkened nor invented.

    Args:
        sigma: standard deviation of the smoothing, in pixels; 0 for none.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        images: float tensor `[B, H, W, C]` in [0, 1].
        reconstructions: float tensor `[B, H, W, C]`.

    Returns:
        Float32 tensor `[B, H, W]`, not negative.
    """

    def __init__(self, sigma=1.0, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.sigma = sigma
        self.built = True

    def call(self, images, reconstructions):
        """Smoothed error of each pixel."""
        difference = ops.cast(images, "float32") - ops.cast(reconstructions, "float32")
        return self.smooth(ops.mean(ops.square(difference), axis=-1))

    def smooth(self, values):
        """Smooth maps that come from elsewhere.

        Args:
            values: float tensor `[B, H, W]`.

        Returns:
            Float32 tensor `[B, H, W]`.
        """
        values = ops.cast(values, "float32")
        if not self.sigma:
            return values
        # Products with a matrix for each side, not convolutions: of a kernel of some
        # ninety pixels oneDNN makes gigabytes of scratch memory, and the process ends.
        height, width = (ops.shape(values)[axis] for axis in (1, 2))
        values = ops.matmul(self._weights(height), values)
        return ops.matmul(values, ops.transpose(self._weights(width)))

    def _weights(self, size):
        """Weights of all pixels of a side for each of them, rows that add up to 1."""
        places = ops.cast(ops.arange(size), "float32")
        offsets = ops.abs(places[:, None] - places[None, :])
        weights = ops.exp(-0.5 * ops.square(offsets / self.sigma))
        # Cut at three deviations, and renormalised over what lies inside.
        inside = ops.cast(offsets <= math.ceil(3 * self.sigma), "float32")
        weights = weights * inside
        return weights / ops.sum(weights, axis=1, keepdims=True)

    def compute_output_shape(self, images_shape, reconstructions_shape=None):
        """`[B, H, W]`."""
        return images_shape[:-1]

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "sigma": self.sigma}
