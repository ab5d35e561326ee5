"""The contract of a term of the score."""

import dataclasses
from typing import Any

import keras
from keras import ops

from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.terms.rounding import (
    difference_rounding,
    own_rounding,
    smallest_difference,
)

NORMALIZED_AFTER = ("identity", "log")


@dataclasses.dataclass
class Observation:
    """What the detector has computed of a batch, and hands to each term.

    Attributes:
        images: float32 tensor `[B, H, W, C]` in [0, 1]; black where `finite` is not.
        latents: tensor `[B, D]`, `z = En(x)`; None without an autoencoder.
        reconstructions: float32 tensor `[B, H, W, C]`, `x~ = De(z)`; or None.
        encoder: the encoder, a Keras model; or None.
        decoder: the decoder, a Keras model; or None.
        training: whether the values are for a training step.
        losses: losses of the encoder's and decoder's own regularizers, scalars.
        finite: bool tensor `[B]`, whether each image came without NaN and infinite
            values; or None: nobody has looked.
    """

    images: Any
    latents: Any = None
    reconstructions: Any = None
    encoder: Any = None
    decoder: Any = None
    training: bool = False
    losses: Any = ()
    finite: Any = None


class Term(keras.layers.Layer):
    """Base of all terms: an `Observation` in, one value per image out.

    A subclass implements `call(observation)`, which returns float32 `[B]`, higher
    for a more novel image, and says with `normalized_after` whether the values
    are brought to the normal class's scale as they are or through their logarithm
    (for errors, which spread over powers of ten). The term's `name` is the name
    of its output everywhere.

    State that is the term's own (a latent mean, a head's kernels) is kept in its
    weights, made in `build(latent_shape)`. The statistics that normalise its
    values belong to `NoveltyNormalization`. A term that looks at the pictures alone
    says so with `reads_autoencoder`: where all do, there need be no autoencoder.

    Args:
        name: name of the term and of its output.
        **kwargs: passed to `keras.layers.Layer`.
    """

    normalized_after = "identity"
    reads_autoencoder = True

    def __init__(self, name, **kwargs):
        # Errors and logits are compared in full precision, whatever the policy.
        kwargs.setdefault("dtype", "float32")
        super().__init__(name=name, **kwargs)
        if self.normalized_after not in NORMALIZED_AFTER:
            raise ValueError(
                f"`normalized_after` of {type(self).__name__} must be one of "
                f"{NORMALIZED_AFTER}. Received: {self.normalized_after!r}"
            )

    def call(self, observation):
        """Value of each image; to be implemented by each term.

        Args:
            observation: an `Observation` of `B` images.

        Returns:
            Float32 tensor `[B]`.
        """
        raise TypeError(
            f"{type(self).__name__} defines no `call(observation)`. A term must "
            "return one value per image, shape [B], higher for a more novel image."
        )

    def to_paper(self, values):
        """The value as it enters the plain sum of eq. (7).

        Args:
            values: float32 tensor `[B]` from `call`.

        Returns:
            Float32 tensor `[B]`.
        """
        return values

    def to_normalizable(self, values):
        """The quantity that is standardised on the normal class.

        Args:
            values: float32 tensor `[B]` from `call`.

        Returns:
            Float32 tensor `[B]`: the values or their logarithm.
        """
        if self.normalized_after == "log":
            return ops.log(values + EPSILON**2)
        return values

    def operands(self, observation):
        """What the value is a sum of squared differences of, if it is one.

        A small difference of large numbers has few digits. Terms whose value is one
        say how large these are, so that what rounding alone moves is not taken for
        a deviation of the normal class.

        Args:
            observation: an `Observation` of `B` images.

        Returns:
            Pair of a float32 tensor `[B]`, the sum (or mean, as the value is) of the
            squares of both sides, and the number of squares; or `None`.
        """
        return None

    def rounding(self, observation, values):
        """How far float32 rounding moves `to_normalizable(values)`.

        Args:
            observation: an `Observation` of `B` images.
            values: float32 tensor `[B]` from `call`.

        Returns:
            Float32 tensor `[B]`.
        """
        logarithmic = self.normalized_after == "log"
        rounding = own_rounding(self.to_normalizable(values), logarithmic)
        operands = self.operands(observation) if logarithmic else None
        if operands is None:
            return rounding
        return ops.maximum(rounding, difference_rounding(values, *operands))

    def smallest(self, observation):
        """`to_normalizable` of the smallest value that is more than rounding.

        Args:
            observation: an `Observation` of `B` images.

        Returns:
            Float32 tensor `[B]`, or `None` where there is none.
        """
        operands = self.operands(observation)
        if operands is None or self.normalized_after != "log":
            return None
        return self.to_normalizable(smallest_difference(operands[0]))

    def statistics(self, observation):
        """What the term's own state is estimated from, if it keeps any.

        Args:
            observation: an `Observation` of `B` normal images.

        Returns:
            Float32 tensor `[B, ...]`, or `None` when there is no such state.
        """
        return None

    def update_state(self, statistics):
        """Take one training batch into the term's running state.

        Args:
            statistics: float32 tensor `[B, ...]` from `statistics`, of the batch
                of all replicas.
        """

    def fit_state(self, statistics):
        """Replace the term's state by that of all normal images, for `adapt`.

        Args:
            statistics: numpy float32 array `[N, ...]` from `statistics`.
        """

    def normal_moments(self):
        """Moments that normalise the term, where `adapt` is not to take its own.

        For terms that fit the pictures they were fitted to better than others.

        Returns:
            Pair of mean and variance of `to_normalizable` on normal images, or `None`.
        """
        return None

    def training_loss(self, observation, values):
        """Loss that the term adds to training, beside eq. (4).

        Args:
            observation: the `Observation` of the training batch.
            values: float32 tensor `[B]` from `call`.

        Returns:
            Float32 tensor `[B]`, or `None` when the term adds nothing.
        """
        return None

    @classmethod
    def from_config(cls, config):
        """A term from `get_config`'s dictionary."""
        # A copy: Keras takes a functional model's configuration apart as it reads.
        return cls(**keras.tree.map_structure(lambda leaf: leaf, config))
