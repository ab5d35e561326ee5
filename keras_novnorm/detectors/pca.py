"""Reconstruction by the principal components of normal images."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.detectors.estimated_detector import EstimatedDetector
from keras_novnorm.detectors.one_class_detector import nan_unless
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.own_share import OwnShare
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.principal_components import (
    error_of_another,
    left_out_errors,
    principal_components,
)
from keras_novnorm.terms.rounding import difference_rounding, smallest_difference


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PCADetector(EstimatedDetector):
    """What principal components of normal images cannot rebuild is novel.

    The mean squared error of an image's reconstruction; its map is the squared error
    of each pixel. A strong bar for its price: there is no training.

    Args:
        image_shape: `(height, width, channels)`.
        components: how many components; fewer where there are fewer images, and at
            most half as many as pixels: an error has to be left.
        **kwargs: passed to `OneClassDetector`.

    Raises:
        ValueError: if `components` is not positive.

    Example:

    >>> detector = PCADetector.from_preset("pca", image_shape=(8, 8, 1))
    >>> detector.fit(normal_images)  # doctest: +SKIP
    >>> detector.calibrate(held_out_normal_images)  # doctest: +SKIP
    """

    METHOD = "pca"
    can_reconstruct = True
    MEASURES = ("reconstruction_error",)
    ARGUMENTS = (*EstimatedDetector.ARGUMENTS, "components")
    PRESETS = {
        "pca": {
            "description": "Principal components of 64x64 pictures; no training.",
            "image_shape": (64, 64, 3),
        },
    }

    def __init__(self, image_shape, components=32, **kwargs):
        if components < 1:
            raise ValueError(f"`components` must be 1 or more. Received: {components}")
        super().__init__(image_shape, **kwargs)
        self.components = components
        self.own_share = OwnShare(components, name="own_share")
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Create mean and basis."""
        if not hasattr(self, "basis"):
            pixels = int(np.prod(self.image_shape))
            self.mean = add_statistic(self, "mean", (pixels,), "zeros")
            shape = (pixels, self.components)
            self.basis = add_statistic(self, "basis", shape, "zeros")
            self.own_share.build()
        super().build(input_shape)

    def fit_normals(self, batches):
        """Fit mean and basis; errors are of images left out of them in turn."""
        flat = np.concatenate([images.reshape(len(images), -1) for images in batches])
        mean, basis = principal_components(flat, self.components)
        self.mean.assign(mean)
        padded = np.zeros(self.basis.shape, "float32")
        padded[:, : basis.shape[1]] = basis
        self.basis.assign(padded)
        self.own_share.fit((flat - mean) @ basis)
        errors, _ = left_out_errors(flat, self.components)
        if errors is None:
            errors = np.array([error_of_another(flat[0])])
        return {self.MEASURES[0]: errors}

    def measure(self, images):
        """Mean squared error of each image."""
        error, _ = self._error(images)
        return {self.MEASURES[0]: ops.mean(ops.square(error), axis=-1)}

    def measure_trained(self, images):
        """The error with what an image alone brought to the components."""
        error, places = self._error(images)
        own = self.own_share(places) / self.mean.shape[0]
        return {self.MEASURES[0]: ops.mean(ops.square(error), axis=-1) + own}

    def rounding(self, images, values):
        """Of a difference of the image and what it is rebuilt as."""
        flat = ops.reshape(images, (-1, self.mean.shape[0]))
        size = ops.mean(ops.square(flat), axis=-1) + ops.mean(ops.square(self.mean))
        rounding = difference_rounding(values, size, self.mean.shape[0])
        return rounding, smallest_difference(size)

    def pixel_map(self, images):
        """Squared error of each pixel, the mean over its channels."""
        error = ops.reshape(self._error(images)[0], (-1, *self.image_shape))
        return ops.mean(ops.square(error), axis=-1)

    @under_keras_settings
    def reconstruct(self, images):
        """What the components make of each image.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W, C]`; NaN of an image with NaN or infinite values.
        """
        images, finite = self.finite_images(images)
        error = ops.reshape(self._error(images)[0], (-1, *self.image_shape))
        return nan_unless(finite, images - error)

    def describe(self):
        """Components, how many of them are used, and statistics of the error."""
        used = int(np.any(self.basis.numpy(), axis=0).sum())
        facts = {"components": self.components, "used components": used}
        return {**super().describe(), "facts": facts}

    def _error(self, images):
        """What is not rebuilt, float32 `[B, P]`, and places on the components."""
        centred = ops.reshape(images, (-1, self.mean.shape[0])) - self.mean
        places = ops.matmul(centred, self.basis)
        return centred - ops.matmul(places, ops.transpose(self.basis)), places
