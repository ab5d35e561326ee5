"""A detector with all five terms that takes a step in milliseconds."""

import keras
import numpy as np

from keras_novnorm import CollapseMonitor, NoveltyDetector

ALL_TERMS = (
    "reconstruction_error",
    "novelty_score",
    "reencoding_error",
    "latent_distance",
    "transformation_error",
)
NETWORK = {"filters": (4, 4), "latent_dim": 4, "transformation_filters": (4, 4)}


def tiny_detector(network=None, seed=5, **arguments):
    """A new detector, the same for the same seed, not compiled.

    Args:
        network: in the place of some of `NETWORK`.
        seed: of all random numbers.
        **arguments: passed to `NoveltyDetector.from_preset`.
    """
    keras.utils.set_random_seed(seed)
    arguments = {"terms": ALL_TERMS, **arguments}
    return NoveltyDetector.from_preset(
        "digits", network={**NETWORK, **(network or {})}, **arguments
    )


def fit(detector, x, epochs=1, callbacks=(), **arguments):
    """Train in silence and in order; returns the dictionary of metrics."""
    return detector.fit(
        x,
        epochs=epochs,
        verbose=0,
        callbacks=[*callbacks, CollapseMonitor(minimum=0.0)],
        **{"shuffle": False, **arguments},
    ).history


def assert_same_weights(one, other, rtol=1e-4, atol=1e-5):
    """Weights and statistics of two detectors agree.

    Args:
        one: a detector, or the list of its weights' values.
        other: a detector.
        rtol: relative tolerance.
        atol: absolute tolerance.
    """
    values = one if isinstance(one, list) else one.get_weights()
    for value, weight in zip(values, other.weights, strict=True):
        np.testing.assert_allclose(
            weight.numpy(), value, rtol=rtol, atol=atol, err_msg=weight.path
        )
