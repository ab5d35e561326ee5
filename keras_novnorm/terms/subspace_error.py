"""Subspace error: what principal components of normal pictures cannot rebuild."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.base import Term
from keras_novnorm.terms.principal_components import (
    left_out_errors,
    principal_components,
)
from keras_novnorm.terms.rounding import smallest_difference


@keras.saving.register_keras_serializable(package="keras_novnorm")
class SubspaceError(Term):
    """Mean squared error of the reconstruction by principal components.

    The linear counterpart of eq. (1): sharp where an autoencoder with few latents is
    blurred, and fitted in one pass by `adapt`, without training. Until then it is the
    distance from the mean picture. Not in the paper.

    Components fit the pictures that they come from better than any others, so that
    the moments which normalise the term are taken of pictures that were left out, in
    turn, of the components.

    Args:
        components: how many components; fewer where there are fewer pictures.
        size: side in pixels that pictures are reduced to.
        name: name of the output.
        **kwargs: passed to `Term`.

    Raises:
        ValueError: if `components` or `size` is not positive.
    """

    normalized_after = "log"
    reads_autoencoder = False

    def __init__(self, components=128, size=64, name="subspace_error", **kwargs):
        for argument, value in (("components", components), ("size", size)):
            if value < 1:
                raise ValueError(
                    f"`{argument}` of SubspaceError must be 1 or more. "
                    f"Received: {value}"
                )
        super().__init__(name=name, **kwargs)
        self.components = components
        self.size = size

    def build(self, latent_shape):
        """Create mean, basis and the moments of pictures left out.

        Args:
            latent_shape: shape of the detector's `z`; not used.
        """
        # The number of channels is known with the first picture only, and grey shows
        # what principal components can.
        pixels = self.size * self.size
        self.subspace_mean = add_statistic(self, "subspace_mean", (pixels,), "zeros")
        self.subspace_basis = add_statistic(
            self, "subspace_basis", (pixels, self.components), "zeros"
        )
        self.left_out = add_statistic(self, "left_out", (2,), "zeros")
        self.num_updates = add_statistic(self, "num_updates", (), "zeros")
        self.built = True

    def call(self, observation):
        """Mean squared error of each image, float32 `[B]`."""
        centred = self.statistics(observation) - self.subspace_mean
        places = ops.matmul(centred, self.subspace_basis)
        rebuilt = ops.matmul(places, ops.transpose(self.subspace_basis))
        return ops.mean(ops.square(centred - rebuilt), axis=-1)

    def operands(self, observation):
        """Mean square of small picture and mean picture, and the number of pixels."""
        sides = (self.statistics(observation), self.subspace_mean)
        size = sum(ops.mean(ops.square(side), axis=-1) for side in sides)
        return size, self.size * self.size

    def statistics(self, observation):
        """The pictures, grey and small, float32 `[B, size * size]`."""
        images = ops.mean(ops.cast(observation.images, "float32"), -1, keepdims=True)
        small = ops.image.resize(
            images, (self.size, self.size), antialias=True, data_format="channels_last"
        )
        return ops.reshape(small, (-1, self.size * self.size))

    def update_state(self, statistics):
        """Take one batch into the running mean.

        Args:
            statistics: float32 `[B, size * size]`, of the batch of all replicas.
        """
        share = ops.maximum(0.01, 1.0 / (self.num_updates + 1.0))
        change = ops.mean(statistics, axis=0) - self.subspace_mean
        self.subspace_mean.assign(self.subspace_mean + share * change)
        self.num_updates.assign(self.num_updates + 1.0)

    def fit_state(self, statistics):
        """Fit mean and basis to all normal images.

        Args:
            statistics: numpy float array `[N, size * size]`.
        """
        mean, basis = principal_components(statistics, self.components)
        self.subspace_mean.assign(mean)
        padded = np.zeros(self.subspace_basis.shape, "float32")
        padded[:, : basis.shape[1]] = basis
        self.subspace_basis.assign(padded)
        self.num_updates.assign(self.num_updates + 1.0)
        self.left_out.assign(self._left_out_moments(statistics))

    def normal_moments(self):
        """Mean and variance of the logarithm on pictures left out, or `None`."""
        mean, variance = self.left_out.numpy()
        return (float(mean), float(variance)) if variance > 0 else None

    def _left_out_moments(self, statistics):
        errors, sizes = left_out_errors(statistics, self.components)
        if errors is None:
            return 0.0, 0.0
        # Left-out errors that are rounding alone count as such, as elsewhere.
        errors = np.maximum(errors, smallest_difference(sizes).mean())
        values = np.asarray(self.to_normalizable(errors))
        return float(values.mean()), float(values.var())

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "components": self.components,
            "size": self.size,
        }
