"""Reads the body of `:predict`: row form (`instances`) or column form (`inputs`)."""

import dataclasses

from tensorflow.core.framework import types_pb2

from serving.rest import json_document
from serving.rest.json_values import is_bytes, to_array
from serving.rest.number_list import NumberList
from serving.status import Code, ServingError


@dataclasses.dataclass(frozen=True)
class PredictBody:
    """A predict request, before it is known which model it is for.

    Args:
        signature_name: str, empty if not given.
        row: bool, whether it came as `instances`.
        values: the JSON value of `instances` or `inputs`; long lists of numbers in
            it are `NumberList`s.
    """

    signature_name: str
    row: bool
    values: object


def parse(body, depth=json_document.DEPTH):
    """Reads a body as JSON and looks at its keys.

    Args:
        body: bytes, UTF-8.
        depth: int, as of `json_document.parse`.

    Returns:
        `PredictBody`.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    document = json_document.parse(body, depth, numbers=True)
    signature_name = json_document.signature_name(document)
    if "instances" in document and "inputs" in document:
        raise _invalid(
            "Not formatted correctly expecting only one of 'inputs' or 'instances' keys"
        )
    for key in ("inputs", "instances"):
        json_document.check_depth(key, document.get(key))
    if "inputs" in document:
        return PredictBody(signature_name, False, document["inputs"])
    if "instances" not in document:
        raise _invalid("Missing 'inputs' or 'instances' key")
    values = document["instances"]
    if isinstance(values, NumberList):
        return PredictBody(signature_name, True, values)
    if not isinstance(values, list):
        raise _invalid("Expecting 'instances' value to be an list/array")
    if not values:
        raise _invalid("No values in 'instances'; it must hold one value per example")
    return PredictBody(signature_name, True, values)


def to_arrays(body, signature, signatures):
    """Makes the input tensors of a request.

    Args:
        body: `PredictBody`.
        signature: `SignatureDef` that it is for.
        signatures: mapping of str to `SignatureDef`, all of the model, to name
            the one that takes bytes where it is the likely right one.

    Returns:
        dict of str to array, by input alias.

    Raises:
        ServingError: `INVALID_ARGUMENT`, or `UNIMPLEMENTED` for a dtype that
            the column form does not read.
    """
    inputs = signature.inputs
    if not inputs:
        raise _invalid("Failed to get input map: the signature has no inputs")
    columns = _row_columns(body, inputs) if body.row else _columns(body, inputs)
    arrays = {}
    for alias, info in inputs.items():
        try:
            arrays[alias] = to_array(columns[alias], info.dtype)
        except ServingError as error:
            message = f"input '{alias}': {error.message}"
            if info.dtype != types_pb2.DT_STRING and _holds_bytes(columns[alias]):
                message += _bytes_hint(alias, signatures)
            # Stock wraps whatever goes wrong in a row into INVALID_ARGUMENT.
            code = Code.INVALID_ARGUMENT if body.row else error.code
            raise ServingError(code, message) from None
    return arrays


def _row_columns(body, inputs):
    rows = body.values
    numbers = isinstance(rows, NumberList)
    named = not numbers and isinstance(rows[0], dict) and not is_bytes(rows[0])
    if not named:
        if len(inputs) > 1:
            raise _invalid(
                "instances is a plain list, but expecting list of objects as multiple "
                f"input tensors required as per tensorinfo_map: {_names(inputs)}"
            )
        if not numbers and any(
            isinstance(row, dict) and not is_bytes(row) for row in rows
        ):
            raise _invalid("Expecting value/list but got object")
        return {next(iter(inputs)): rows}
    expected = set(inputs)
    for index, row in enumerate(rows):
        where = f"Failed to process element: {index} of 'instances' list. "
        if not isinstance(row, dict) or is_bytes(row) and "b64" not in expected:
            raise _invalid(where + "Expecting object but got list/value")
        if set(row) != expected:
            raise _invalid(
                f"{where}JSON object: does not have named input, or has another one; "
                f"keys must be equal to: {_names(inputs)}; received: {_names(row)}"
            )
    return {alias: [row[alias] for row in rows] for alias in inputs}


def _columns(body, inputs):
    values = body.values
    if not isinstance(values, dict) or (is_bytes(values) and "b64" not in inputs):
        if len(inputs) > 1:
            raise _invalid(
                "inputs is a plain value/list, but expecting an object as multiple "
                f"input tensors required: {_names(inputs)}"
            )
        return {next(iter(inputs)): values}
    for alias in inputs:
        if alias not in values:
            raise _invalid(f"Missing named input: {alias} in 'inputs' object.")
    return values


def _holds_bytes(value):
    while isinstance(value, list) and value:
        value = value[0]
    return is_bytes(value)


def _bytes_hint(alias, signatures):
    takers = [
        f"\"{key}\" (input '{name}')"
        for key, signature in sorted(signatures.items())
        for name, info in signature.inputs.items()
        if len(signature.inputs) == 1 and info.dtype == types_pb2.DT_STRING
    ]
    if not takers:
        return "; no signature of this model takes bytes"
    return (
        f"; '{alias}' takes numbers, not bytes. To send an encoded file, set "
        f'"signature_name" to one that takes bytes: {", ".join(takers)}'
    )


def _names(names):
    return ",".join(sorted(names))


def _invalid(message):
    return ServingError(Code.INVALID_ARGUMENT, message)
