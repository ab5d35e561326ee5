"""Terms by name."""

import keras

from keras_novnorm.terms.base import Term
from keras_novnorm.terms.latent_distance import LatentDistance
from keras_novnorm.terms.novelty_score import NoveltyScore
from keras_novnorm.terms.reconstruction_error import ReconstructionError
from keras_novnorm.terms.reencoding_error import ReencodingError
from keras_novnorm.terms.subspace_error import SubspaceError
from keras_novnorm.terms.transformation_error import TransformationError

TERMS = {
    "reconstruction_error": ReconstructionError,
    "novelty_score": NoveltyScore,
    "latent_distance": LatentDistance,
    "reencoding_error": ReencodingError,
    "subspace_error": SubspaceError,
    "transformation_error": TransformationError,
}


def get(identifier):
    """A term from its name, its configuration or itself.

    Args:
        identifier: a name such as `"novelty_score"`, a serialized Keras object,
            or a `Term`.

    Returns:
        A `Term`.

    Raises:
        ValueError: if `identifier` is none of these.
    """
    if isinstance(identifier, Term):
        return identifier
    if isinstance(identifier, str) and identifier in TERMS:
        return TERMS[identifier]()
    if isinstance(identifier, dict):
        return keras.saving.deserialize_keras_object(identifier)
    raise ValueError(
        f"A term must be one of {sorted(TERMS)}, a `Term` instance or a serialized "
        f"one. Received: {identifier!r}"
    )
