"""Classify: a signature that gives classes, scores or both for each Example."""

from tensorflow_serving.apis import classification_pb2

from serving.inference import examples
from serving.inference.examples import invalid_output

METHOD = "tensorflow/serving/classify"
_OUTPUTS = ("classes", "scores")


def outputs(key, signature):
    """Says which outputs to compute.

    Args:
        key: str, the signature's name.
        signature: `SignatureDef`.

    Returns:
        dict of str to `TensorInfo`, by alias.

    Raises:
        ServingError: `INVALID_ARGUMENT` for a signature that is none to classify.
    """
    found = {
        name: signature.outputs[name] for name in _OUTPUTS if name in signature.outputs
    }
    fits = bool(found) and len(signature.outputs) <= len(_OUTPUTS)
    examples.check(key, signature, "classify", fits)
    return found


def result(values, count):
    """Makes the answer.

    Args:
        values: dict of str to array, by alias.
        count: int, the number of examples.

    Returns:
        `ClassificationResult`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for outputs of another dtype or shape.
    """
    for name, array in values.items():
        _check(name, array, count)
    sizes = {array.shape[1] for array in values.values()}
    if len(sizes) > 1:
        raise invalid_output(
            "Tensors class and score should match in dim_size(1). Got "
            f"{values['classes'].shape[1]} vs. {values['scores'].shape[1]}"
        )
    labels, scores = values.get("classes"), values.get("scores")
    message = classification_pb2.ClassificationResult()
    for row in range(count):
        classes = message.classifications.add().classes
        for column in range(*sizes):
            entry = classes.add()
            if labels is not None:
                # Labels are text on the wire, and any bytes in a graph.
                entry.label = labels[row, column].decode("utf-8", "replace")
            if scores is not None:
                entry.score = scores[row, column]
    return message


def _check(name, array, count):
    if array.ndim != 2:
        raise invalid_output(
            "Expected Tensor shape: [batch_size num_classes] but got "
            f"{list(array.shape)} for {name}"
        )
    expected = "string" if name == "classes" else "float"
    if array.dtype.name != ("object" if name == "classes" else "float32"):
        raise invalid_output(
            f"Expected {name} Tensor of DT_{expected.upper()}. Got: {array.dtype.name}"
        )
    if array.shape[0] != count:
        raise invalid_output(
            f"Expected {name} output batch size of {count}. Got: {array.shape[0]}"
        )
