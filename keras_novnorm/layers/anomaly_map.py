"""Where in the image the novelty is."""

import math

import keras
from keras import ops


def gaussian_kernel(sigma):
    """Normalised weights of a one-dimensional Gaussian, cut at three deviations.

    Args:
        sigma: standard deviation in pixels.

    Returns:
        List of odd length of floats that add up to 1.
    """
    radius = math.ceil(3 * sigma)
    weights = [
        math.exp(-0.5 * (offset / sigma) ** 2) for offset in range(-radius, radius + 1)
    ]
    total = sum(weights)
    return [weight / total for weight in weights]


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
        values = ops.expand_dims(ops.cast(values, "float32"), -1)
        if self.sigma:
            values = self._smooth(values) / self._smooth(ops.ones_like(values[:1]))
        return ops.squeeze(values, axis=-1)

    def _smooth(self, x):
        kernel = ops.convert_to_tensor(gaussian_kernel(self.sigma), "float32")
        for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):  # a Gaussian is separable
            x = ops.conv(
                x,
                ops.reshape(kernel, shape),
                padding="same",
                data_format="channels_last",
            )
        return x

    def compute_output_shape(self, images_shape, reconstructions_shape=None):
        """`[B, H, W]`."""
        return images_shape[:-1]

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "sigma": self.sigma}
