"""Regress: a signature that gives one number for each Example."""

from tensorflow_serving.apis import regression_pb2

from serving.inference import examples
from serving.inference.examples import invalid_output

METHOD = "tensorflow/serving/regress"
_OUTPUT = "outputs"


def outputs(key, signature):
    """Says which outputs to compute.

    Args:
        key: str, the signature's name.
        signature: `SignatureDef`.

    Returns:
        dict of str to `TensorInfo`, by alias.

    Raises:
        ServingError: `INVALID_ARGUMENT` for a signature that is none to regress.
    """
    fits = list(signature.outputs) == [_OUTPUT]
    examples.check(key, signature, "regress", fits)
    return {_OUTPUT: signature.outputs[_OUTPUT]}


def result(values, count):
    """Makes the answer.

    Args:
        values: dict of str to array, by alias.
        count: int, the number of examples.

    Returns:
        `RegressionResult`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for an output of another dtype or shape.
    """
    array = values[_OUTPUT]
    if array.shape not in ((count,), (count, 1)):
        raise invalid_output(
            "Expected output Tensor shape to be either [batch_size] or "
            f"[batch_size, 1] with a batch size of {count} but got "
            f"{list(array.shape)}"
        )
    if array.dtype.name != "float32":
        raise invalid_output(
            f"Expected output Tensor of DT_FLOAT. Got: {array.dtype.name}"
        )
    message = regression_pb2.RegressionResult()
    for value in array.ravel():
        message.regressions.add(value=value)
    return message
