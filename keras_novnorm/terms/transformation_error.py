"""Transformation error: how badly a head guesses which way a picture is turned."""

import keras
from keras import ops

from keras_novnorm.layers.random_shift_flip import RandomShiftFlip
from keras_novnorm.layers.rotations import four_rotations
from keras_novnorm.terms.base import Term

SMALLEST = 1e-6  # of a cross-entropy summed over four turns, in float32


@keras.saving.register_keras_serializable(package="keras_novnorm")
class TransformationError(Term):
    """Cross-entropy of guessing a picture's quarter turn, summed over the four.

    A head learns on normal pictures which of four rotations was applied. To guess
    it must know what the normal class looks like, and it guesses badly on what is
    not (Golan and El-Yaniv 2018; Hendrycks et al. 2019). Not in the paper.

    Args:
        encoder: Keras model `[B, S, S, C] -> [B, D]` for the turned pictures, such
            as `TransformationEncoder`; the detector's own encoder unless given.
        shift: largest random shift in training, in pixels.
        flip: whether pictures are mirrored at random in training. Not where left
            and right tell the class apart.
        name: name of the output.
        **kwargs: passed to `Term`.
    """

    normalized_after = "log"

    def __init__(
        self,
        encoder=None,
        shift=4,
        flip=True,
        name="transformation_error",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if isinstance(encoder, dict):
            encoder = keras.saving.deserialize_keras_object(encoder)
        self.encoder = encoder
        self.shift = shift
        self.flip = flip
        self.augmentation = RandomShiftFlip(shift, flip, name="augmentation")
        self.head = keras.layers.Dense(4, dtype="float32", name="head")

    @property
    def reads_autoencoder(self):
        """Whether the turned pictures go through the detector's own encoder."""
        return self.encoder is None

    def build(self, latent_shape):
        """Create the head.

        Args:
            latent_shape: shape of the detector's `z`, `(None, D)`.
        """
        own = self.encoder is not None
        self.head.build(self.encoder.output_shape if own else latent_shape)
        self.built = True

    def call(self, observation):
        """Cross-entropy of each image over its four rotations, float32 `[B]`."""
        return ops.sum(ops.softplus(self._odds_against(observation)), axis=0)

    def _odds_against(self, observation):
        """Logarithm of the odds against each right turn, float32 `[4, B]`.

        The cross-entropy is its softplus, exact where it is small: the logarithm of
        a probability next to 1 has lost its digits.
        """
        training = observation.training
        images = self.augmentation(observation.images, training=training)
        encoder = self.encoder or observation.encoder
        features = encoder(four_rotations(images), training=training)
        logits = self.head(ops.cast(features, "float32"))
        logits = ops.reshape(logits, (4, -1, 4))
        right = ops.reshape(ops.eye(4, dtype="bool"), (4, 1, 4))
        others = ops.where(right, -1e9, logits)
        chosen = ops.sum(ops.where(right, logits, 0.0), axis=-1)
        return ops.logsumexp(others, axis=-1) - chosen

    def to_normalizable(self, values):
        """The logarithm, not below the resolution of float32.

        A margin of 17 between logits has no cross-entropy left in float32; the
        logarithm of nothing would stretch the deviation of the normals.

        Args:
            values: float32 tensor `[B]` from `call`.

        Returns:
            Float32 tensor `[B]`.
        """
        return ops.log(values + SMALLEST)

    def training_loss(self, observation, values):
        """The mean cross-entropy of each image, float32 `[B]`."""
        return values / 4.0

    def get_config(self):
        """Constructor arguments, as plain values."""
        own = self.encoder is not None
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder)
            if own
            else None,
            "shift": self.shift,
            "flip": self.flip,
        }
