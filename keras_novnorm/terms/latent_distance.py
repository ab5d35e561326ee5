"""Latent distance: how far `z` lies from the normal class's cloud."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.base import Term
from keras_novnorm.terms.rounding import smallest_difference


@keras.saving.register_keras_serializable(package="keras_novnorm")
class LatentDistance(Term):
    """Squared Mahalanobis distance of `z` to the normals' mean and covariance.

    `(z - m)^T (C + e tr(C) / D I)^-1 (z - m)`, with `m` and `C` in non-trainable
    weights: running averages while training, exact after `adapt`. Not in the
    paper. It needs no training. No direction of `C` has less variance than what
    rounding leaves of `m` (`RESOLUTION`): latents of equal pictures are equal.

    Args:
        shrinkage: `e`, the share of the mean variance that is added to every
            direction, so that a dead latent does not decide alone; above 0.
        momentum: weight of the past in the running averages; updates are counted,
            so that the first ones are plain averages.
        name: name of the output.
        **kwargs: passed to `Term`.

    Raises:
        ValueError: if `shrinkage` or `momentum` is out of its range.
    """

    normalized_after = "log"

    def __init__(self, shrinkage=1e-3, momentum=0.99, name="latent_distance", **kwargs):
        if not shrinkage > 0:
            raise ValueError(
                f"`shrinkage` of LatentDistance must be above 0. Received: {shrinkage}"
            )
        if not 0.0 <= momentum < 1.0:
            raise ValueError(
                f"`momentum` of LatentDistance must be in [0, 1). Received: {momentum}"
            )
        super().__init__(name=name, **kwargs)
        self.shrinkage = shrinkage
        self.momentum = momentum

    def build(self, latent_shape):
        """Create mean, covariance and the count of updates.

        Args:
            latent_shape: shape of `z`, `(None, D)`.
        """
        size = latent_shape[-1]

        self.latent_mean = add_statistic(self, "latent_mean", (size,), "zeros")
        self.latent_covariance = add_statistic(
            self, "latent_covariance", (size, size), keras.initializers.Identity()
        )
        self.num_updates = add_statistic(self, "num_updates", (), "zeros")
        self.built = True

    def call(self, observation):
        """Squared distance of each image's latent, float32 `[B]`."""
        whitening, sound = self._whitening()
        centred = self.vectors(observation) - self.latent_mean
        whitened = ops.matmul(centred, ops.transpose(whitening))
        return ops.where(sound, ops.sum(ops.square(whitened), -1), float("nan"))

    def operands(self, observation):
        """Squared length of the whitened latent and mean, and their entries."""
        whitening, _ = self._whitening()
        # Bound by the lengths: rounding does not know directions.
        gains = ops.mean(ops.sum(ops.square(whitening), axis=0))
        vectors = self.vectors(observation)
        size = ops.sum(ops.square(vectors), -1) + ops.sum(ops.square(self.latent_mean))
        return gains * size, vectors.shape[-1]

    def _whitening(self):
        covariance = self.latent_covariance
        size = covariance.shape[0]
        scale = ops.trace(covariance) / size
        eye = ops.eye(size, dtype="float32")
        ridge = (self.shrinkage * scale + EPSILON) * eye
        # Whitening first, with a fixed number of columns: a solve against the
        # batch could round differently with its size.
        # A training that has diverged shows as NaN, which can be watched and started
        # over, and not as the error that `cholesky` has for it.
        sound = ops.all(ops.isfinite(covariance))
        matrix = ops.where(sound, covariance + ridge, eye)
        return ops.solve_triangular(ops.cholesky(matrix), eye, lower=True), sound

    def vectors(self, observation):
        """What the distance is of: the latents, float32 `[B, D]`."""
        return ops.cast(observation.latents, "float32")

    def statistics(self, observation):
        """The vectors: mean and covariance are theirs."""
        return self.vectors(observation)

    def update_state(self, statistics):
        """Take one batch into the running mean and covariance.

        Args:
            statistics: float32 `[B, D]`, latents of the batch of all replicas.
        """
        share = ops.maximum(1.0 - self.momentum, 1.0 / (self.num_updates + 1.0))
        mean = ops.mean(statistics, axis=0)
        centred = statistics - mean
        size = ops.cast(ops.shape(statistics)[0], "float32")
        covariance = ops.matmul(ops.transpose(centred), centred) / size
        shift = mean - self.latent_mean
        # Covariance of the mixture of what was seen and this batch.
        between = ops.where(self.num_updates == 0, 0.0, share * (1.0 - share))
        self.latent_covariance.assign(
            (1.0 - share) * self.latent_covariance
            + share * covariance
            + between * ops.outer(shift, shift)
        )
        self.latent_mean.assign(self.latent_mean + share * shift)
        self.num_updates.assign(self.num_updates + 1.0)

    def fit_state(self, statistics):
        """Replace mean and covariance by those of all normal images.

        Args:
            statistics: numpy float array `[N, D]`, latents of all of them.
        """
        statistics = statistics.astype("float64")
        mean = statistics.mean(axis=0)
        centred = statistics - mean
        self.latent_mean.assign(mean)
        covariance = centred.T @ centred / len(statistics)
        self.latent_covariance.assign(_with_least_variance(covariance, mean))
        self.num_updates.assign(self.num_updates + 1.0)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "shrinkage": self.shrinkage,
            "momentum": self.momentum,
        }


def _with_least_variance(covariance, mean):
    """No direction varies by less than rounding does, so that it is no distance."""
    least = float(smallest_difference(np.mean(np.square(mean))))
    variances, directions = np.linalg.eigh(covariance)
    if variances[0] >= least:
        return covariance
    return (directions * np.maximum(variances, least)) @ directions.T
