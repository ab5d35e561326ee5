"""The `tf.Example`s of classify and regress requests, as the tensor graphs parse."""

import numpy as np

from serving.inference import predict, signature_checks
from serving.status import Code, ServingError

INPUT = "inputs"


def serialize(message):
    """Makes the string vector that a graph parses.

    A context is put before each example: of two serialised messages in a row, a
    parser makes their union.

    Args:
        message: `tensorflow.serving.Input`.

    Returns:
        array of `bytes`, [n].

    Raises:
        ServingError: `INVALID_ARGUMENT` if it holds no example.
    """
    context = b""
    if message.WhichOneof("kind") == "example_list_with_context":
        context = message.example_list_with_context.context.SerializeToString()
        examples = message.example_list_with_context.examples
    else:
        examples = message.example_list.examples
    if not examples:
        raise ServingError(Code.INVALID_ARGUMENT, "Input is empty.")
    array = np.empty(len(examples), object)
    array[:] = [context + example.SerializeToString() for example in examples]
    return array


def find_signature(servable, key):
    """Looks a signature up, as classify and regress do.

    Args:
        servable: the version that answers.
        key: str; empty means `serving_default`.

    Returns:
        tuple of str and `SignatureDef`: the resolved key, the signature.

    Raises:
        ServingError: `INVALID_ARGUMENT`, naming the signatures there are.
    """
    key = key or predict.DEFAULT_SIGNATURE
    signature = servable.signatures.get(key)
    if signature is None:
        names = ", ".join(sorted(servable.signatures))
        message = f"No signature was found with the name: {key}. There are: {names}"
        raise ServingError(Code.INVALID_ARGUMENT, message)
    return key, signature


def check(key, signature, method, fits):
    """Refuses a signature that was not made for Examples.

    Args:
        key: str, its name.
        signature: `SignatureDef`.
        method: str, `classify` or `regress`.
        fits: bool, whether its outputs are right.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    if not fits or list(signature.inputs) != [INPUT]:
        outputs = {
            "classify": "'classes' and 'scores', or one of them",
            "regress": "'outputs'",
        }
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"Expected {method} signature to have one input Tensor, '{INPUT}', and "
            f"as outputs {outputs[method]}; '{key}' takes "
            f"{signature_checks.describe(signature.inputs)} and gives "
            f"{', '.join(sorted(signature.outputs))}. Use predict.",
        )


def run(method, servable, key, message, timeout=None, has_gone=None):
    """Runs a signature on Examples.

    Args:
        method: `serving.inference.classify` or `serving.inference.regress`.
        servable: the version that answers.
        key: str, the signature's name; empty means `serving_default`.
        message: `tensorflow.serving.Input`.
        timeout: float, seconds after which the run is given up, or None.
        has_gone: function, true once nobody waits any more; or None.

    Returns:
        tuple of str, result and int: the resolved key, the answer, the number of
        examples.

    Raises:
        ServingError: `INVALID_ARGUMENT` if signature, examples or outputs do not
            fit the method, or as `predict.run`.
    """
    key, signature = find_signature(servable, key)
    outputs = method.outputs(key, signature)
    examples = serialize(message)
    arrays = {INPUT: examples}
    values = predict.run(servable, signature, arrays, outputs, timeout, has_gone)
    return key, method.result(values, len(examples)), len(examples)


def invalid_output(message):
    """`ServingError` for an output that is not what the method promises."""
    return ServingError(Code.INVALID_ARGUMENT, message)
