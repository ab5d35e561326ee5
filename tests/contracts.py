"""What every layer, term and saved model must satisfy."""

import os
import subprocess
import sys

import keras
import numpy as np

from keras_novnorm.terms import Observation


def run_in_fresh_process(code, *arguments, environment=None):
    """Run Python code in a new interpreter and return what it prints.

    Args:
        code: text of a program.
        *arguments: its `sys.argv[1:]`.
        environment: dictionary of variables beside those of this process.

    Returns:
        Standard output, a string.
    """
    result = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(environment or {})},
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


def assert_config_round_trip(obj):
    """A Keras object equals, by value, what comes back from its configuration.

    Args:
        obj: layer, regularizer or model.

    Returns:
        The object that came back.
    """
    serialized = keras.saving.serialize_keras_object(obj)
    again = keras.saving.deserialize_keras_object(serialized)
    assert type(again) is type(obj)
    assert keras.saving.serialize_keras_object(again) == serialized
    return again


def assert_layer_contract(layer, *inputs):
    """Registered, round-trips by value, and computes the same afterwards.

    Args:
        layer: a built layer.
        *inputs: arrays that it is called with.

    Returns:
        The layer's output.
    """
    name = keras.saving.get_registered_name(type(layer))
    assert name == f"keras_novnorm>{type(layer).__name__}"
    output = layer(*inputs)
    again = assert_config_round_trip(layer)
    if layer.weights:
        again(*inputs)
        again.set_weights(layer.get_weights())
    for one, other in zip(
        keras.tree.flatten(output), keras.tree.flatten(again(*inputs)), strict=True
    ):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    return output


def assert_term_contract(term, detector, images):
    """One float32 value per image, alone as in a batch; state in weights only.

    Args:
        term: a built `Term`.
        detector: a `NoveltyDetector`, for its encoder and decoder.
        images: float array `[B, H, W, C]` in [0, 1].

    Returns:
        The values, a numpy array `[B]`.
    """
    observation = detector.observe(images)
    assert isinstance(observation, Observation)
    values = np.asarray(term(observation=observation))
    assert values.shape == (len(images),)
    assert values.dtype == np.float32
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(np.asarray(term.to_normalizable(values))))
    alone = [
        float(term(observation=detector.observe(image[None]))[0]) for image in images
    ]
    np.testing.assert_allclose(values, alone, rtol=1e-4, atol=1e-5)
    assert_config_round_trip(term)
    return values
