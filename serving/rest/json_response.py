"""Writes the body of a `:predict` answer in TF Serving's number format."""

import base64
import json
import math

import numpy as np
from tensorflow.core.framework import types_pb2

from serving.inference.tensor_dtype import dtype_name
from serving.status import Code, ServingError

_FLOAT_DIGITS = {types_pb2.DT_FLOAT: 9, types_pb2.DT_DOUBLE: 17}
_INTEGERS = (
    types_pb2.DT_INT8,
    types_pb2.DT_INT16,
    types_pb2.DT_INT32,
    types_pb2.DT_INT64,
    types_pb2.DT_UINT8,
    types_pb2.DT_UINT16,
    types_pb2.DT_UINT32,
    types_pb2.DT_UINT64,
)


def write(outputs, arrays, row):
    """Writes outputs as JSON.

    Args:
        outputs: dict of str to `TensorInfo`, by alias.
        arrays: dict of str to array, by alias.
        row: bool, `predictions` (a list by example) or else `outputs`.

    Returns:
        bytes, the body.

    Raises:
        ServingError: `INVALID_ARGUMENT` for a dtype without a JSON form, or, in
            row form, for outputs that are not all [B, ...] with one B.
    """
    if row:
        _check_batch(arrays)
    texts = {
        json.dumps(alias): _texts(arrays[alias], info.dtype, alias, by_row=row)
        for alias, info in outputs.items()
    }
    if not row:
        if len(texts) == 1:
            return f'{{"outputs": {next(iter(texts.values()))}}}'.encode()
        return f'{{"outputs": {_object(texts.items())}}}'.encode()
    if len(texts) == 1:
        rows = next(iter(texts.values()))
    else:
        rows = [
            _object(zip(texts, values, strict=True))
            for values in zip(*texts.values(), strict=True)
        ]
    return f'{{"predictions": [{", ".join(rows)}]}}'.encode()


def float_texts(values):
    """list of str, float32 numbers as TF Serving writes them."""
    return _floats(np.array(values, np.float32), _FLOAT_DIGITS[types_pb2.DT_FLOAT])


def _object(items):
    return "{" + ", ".join(f"{key}: {text}" for key, text in items) + "}"


def _check_batch(arrays):
    sizes = {}
    for alias, array in arrays.items():
        if not array.shape:
            raise ServingError(
                Code.INVALID_ARGUMENT,
                f"Tensor name: {alias} has no shape information: a scalar has no rows; "
                "use the column form ('inputs')",
            )
        sizes[alias] = array.shape[0]
    if len(set(sizes.values())) > 1:
        raise ServingError(
            Code.INVALID_ARGUMENT, f"Tensors have inconsistent batch size: {sizes}"
        )


def _texts(array, dtype, alias, by_row):
    """list of str, one per row, or one str for the whole tensor."""
    level = _values(array, dtype, alias)
    shape = array.shape
    for axis in range(array.ndim - 1, 0 if by_row else -1, -1):
        size = shape[axis]
        level = [
            "[" + ", ".join(level[i * size : (i + 1) * size]) + "]"
            for i in range(math.prod(shape[:axis]))
        ]
    return level if by_row else level[0]


def _values(array, dtype, alias):
    """list of str, every element of the tensor as JSON."""
    flat = array.ravel()
    if dtype in _FLOAT_DIGITS:
        return _floats(flat, _FLOAT_DIGITS[dtype])
    if dtype in _INTEGERS:
        return [str(value) for value in flat.tolist()]
    if dtype == types_pb2.DT_BOOL:
        return ["true" if value else "false" for value in flat.tolist()]
    if dtype == types_pb2.DT_STRING:
        return [_string(value, alias) for value in flat.tolist()]
    name = dtype_name(dtype)
    message = f"Failed to write JSON value for tensor type: {name}"
    raise ServingError(Code.INVALID_ARGUMENT, message)


def _floats(flat, digits):
    short = [f"{value:.6g}" for value in flat.tolist()]
    # Six digits where they say it all, else as many as it takes.
    back = np.array(short, np.float64).astype(flat.dtype)
    return [
        _number(text if same else f"{value:.{digits}g}")
        for text, same, value in zip(
            short, (back == flat).tolist(), flat.tolist(), strict=True
        )
    ]


def _number(text):
    if text.lstrip("-").isdigit():
        return text + ".0"
    if text in ("nan", "-nan"):
        return "NaN"
    return text.replace("inf", "Infinity")


def _string(value, alias):
    if alias.endswith("_bytes"):
        return json.dumps({"b64": base64.b64encode(value).decode("ascii")})
    return json.dumps(value.decode("utf-8", "replace"))
