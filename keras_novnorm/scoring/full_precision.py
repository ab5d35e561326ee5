"""Scoring in float32, whatever precision a detector is trained in."""

import contextlib

import keras


@contextlib.contextmanager
def full_precision(*models):
    """Let layers that compute in half precision compute in float32.

    Half precision has three digits: where normals are much alike, the difference
    that a score is made of lies in the fourth. Training gains by half precision,
    scoring loses by it. Weights are float32 already; a layer whose weights are not,
    and one that is quantized, stays as it is.

    Args:
        *models: Keras models or layers. They are called, or traced, within.

    Yields:
        Nothing.
    """
    changed = [
        (layer, layer.dtype_policy)
        for model in models
        for layer in model._flatten_layers()
        if _is_mixed(layer.dtype_policy)
    ]
    try:
        for layer, _ in changed:
            layer.dtype_policy = "float32"
        yield
    finally:
        for layer, policy in changed:
            layer.dtype_policy = policy


def _is_mixed(policy):
    return (
        isinstance(policy, keras.DTypePolicy)
        and policy.quantization_mode is None
        and policy.variable_dtype == "float32"
        and policy.compute_dtype in ("float16", "bfloat16")
    )
