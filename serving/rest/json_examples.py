"""The JSON of `:classify` and `:regress`: Examples in, results out."""

import json

from tensorflow.core.example import example_pb2
from tensorflow_serving.apis import input_pb2

from serving.rest import json_document, json_response
from serving.rest.json_values import is_bytes, to_bytes
from serving.status import Code, ServingError

_INT64 = (-(2**63), 2**63 - 1)
_LARGEST_UINT64 = 2**64 - 1


def parse(body, depth=json_document.DEPTH):
    """Reads a body.

    Args:
        body: bytes, UTF-8.
        depth: int, as of `json_document.parse`.

    Returns:
        tuple of str, the signature's name or empty, and `tensorflow.serving.Input`.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    document = json_document.parse(body, depth)
    signature_name = json_document.signature_name(document)
    for key in ("context", "examples"):
        json_document.check_depth(key, document.get(key))
    message = input_pb2.Input()
    if "context" in document:
        with_context = message.example_list_with_context
        _fill(with_context.context, document["context"], "context")
    if "examples" not in document:
        raise _invalid("key 'examples' is expected and was not found")
    examples = document["examples"]
    if not isinstance(examples, list):
        raise _invalid("Expecting 'examples' value to be an list/array")
    if not examples:
        raise _invalid("'examples' value is an empty array")
    target = message.example_list
    if "context" in document:
        target = message.example_list_with_context
    for index, example in enumerate(examples):
        _fill(target.examples.add(), example, f"examples[{index}]")
    return signature_name, message


def write_classes(result):
    """Writes classifications.

    Args:
        result: `ClassificationResult`.

    Returns:
        bytes: `{"results": [[["label", score], ...], ...]}`.
    """
    rows = []
    for classifications in result.classifications:
        scores = json_response.float_texts([c.score for c in classifications.classes])
        labels = [json.dumps(c.label) for c in classifications.classes]
        pairs = zip(labels, scores, strict=True)
        rows.append("[" + ", ".join(f"[{label}, {s}]" for label, s in pairs) + "]")
    return f'{{"results": [{", ".join(rows)}]}}'.encode()


def write_regressions(result):
    """Writes regressions.

    Args:
        result: `RegressionResult`.

    Returns:
        bytes: `{"results": [value, ...]}`.
    """
    texts = json_response.float_texts([r.value for r in result.regressions])
    return f'{{"results": [{", ".join(texts)}]}}'.encode()


def _fill(example, value, where):
    if not isinstance(value, dict):
        raise _invalid(f"Example must be JSON object, but {where} is {_kind(value)}")
    # An example without features is one all the same.
    example.features.CopyFrom(example_pb2.Example().features)
    for name, content in value.items():
        feature = example.features.feature[name]
        values = content if isinstance(content, list) else [content]
        kinds = {_list_of(name, v) for v in values}
        if len(kinds) > 1:
            raise _invalid(
                f"Unexpected element type in feature: {name}: all must be of one type, "
                f"received {', '.join(sorted(kinds))}"
            )
        for kind in kinds:
            target = getattr(feature, kind).value
            if kind == "bytes_list":
                values = [to_bytes(v) for v in values]
            elif kind == "float_list":
                values = [_as_float(v) for v in values]
            else:
                values = [int(v) for v in values]  # of bools, too
            target.extend(values)


def _list_of(name, value):
    """str, the feature's field that a value belongs into."""
    if isinstance(value, str) or is_bytes(value):
        return "bytes_list"
    if isinstance(value, float):
        return "float_list"
    if isinstance(value, int):  # or a bool
        if _INT64[1] < value <= _LARGEST_UINT64:
            raise _invalid(
                f"Feature: {name} has uint64 element. Only int64 is supported."
            )
        # Stock's parser makes a decimal of what no integer can hold.
        return "int64_list" if _INT64[0] <= value <= _INT64[1] else "float_list"
    message = f"Feature: {name} has element with unexpected JSON type: {_kind(value)}"
    raise _invalid(message)


def _as_float(value):
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _kind(value):
    kinds = {dict: "Object", list: "Array", str: "String", type(None): "Null"}
    return kinds.get(type(value), "Number" if value not in (True, False) else "Bool")


def _invalid(message):
    return ServingError(Code.INVALID_ARGUMENT, message)
