"""Re-encoding error: how far the reconstruction's latent lies from the image's."""

import keras
from keras import ops

from keras_novnorm.terms.base import Term


@keras.saving.register_keras_serializable(package="keras_novnorm")
class ReencodingError(Term):
    """Squared distance of `En(x)` and `En(De(En(x)))`.

    Not in the paper. It compares image and reconstruction in the encoder's own
    terms, so that a pixel error spread thinly over the image counts little. It
    needs no training.

    Args:
        name: name of the output.
        **kwargs: passed to `Term`.
    """

    normalized_after = "log"

    def __init__(self, name="reencoding_error", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, observation):
        """Squared distance of each image's two latents, float32 `[B]`."""
        again = observation.encoder(observation.reconstructions, training=False)
        difference = ops.cast(observation.latents, "float32") - ops.cast(
            again, "float32"
        )
        return ops.sum(ops.square(difference), axis=-1)

    def operands(self, observation):
        """Twice the squared length of the latent, and the number of its entries."""
        latents = ops.cast(observation.latents, "float32")
        return 2.0 * ops.sum(ops.square(latents), axis=-1), latents.shape[-1]
