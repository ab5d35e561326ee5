"""Values of a JSON document to arrays, checked against the signature's dtype."""

import base64
import binascii
import itertools

import numpy as np
from tensorflow.core.framework import types_pb2

from serving.inference.tensor_dtype import dtype_name, numpy_dtype
from serving.rest.number_list import NumberList
from serving.status import Code, ServingError

_MAX_RANK = 64  # of numpy
_FLOATS = (types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE)
# Small integers need only fit int32 and wrap, as in TF Serving.
_INT_BITS = {
    types_pb2.DT_INT8: (-(2**31), 2**31 - 1),
    types_pb2.DT_INT16: (-(2**31), 2**31 - 1),
    types_pb2.DT_INT32: (-(2**31), 2**31 - 1),
    types_pb2.DT_UINT8: (-(2**31), 2**31 - 1),
    types_pb2.DT_INT64: (-(2**63), 2**63 - 1),
    types_pb2.DT_UINT32: (0, 2**32 - 1),
    types_pb2.DT_UINT64: (0, 2**64 - 1),
}


def is_bytes(value):
    """bool, whether a JSON value is `{"b64": ...}`."""
    return isinstance(value, dict) and len(value) == 1 and "b64" in value


def to_array(value, dtype):
    """Makes a tensor of a JSON value.

    Args:
        value: number, bool, str, `{"b64": str}`, or nested lists of these; a
            `NumberList`, or a list of some.
        dtype: int, of the `DataType` enum.

    Returns:
        array of that dtype; strings as `object` of `bytes`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for a ragged list or a value of another
            type, `UNIMPLEMENTED` for a dtype that JSON is not read into.
    """
    if isinstance(value, NumberList):
        return _from_numbers(value, dtype)
    if isinstance(value, list) and any(isinstance(v, NumberList) for v in value):
        return _stacked([to_array(item, dtype) for item in value])
    flat, shape = _flatten(value)
    if dtype == types_pb2.DT_STRING:
        array = np.empty(len(flat), object)
        array[:] = [to_bytes(item) for item in flat]
        return array.reshape(shape)
    kinds = set(map(type, flat))
    if dtype in _FLOATS:
        _check_kinds(flat, kinds, {int, float}, dtype)
        return _floats(flat, numpy_dtype(dtype)).reshape(shape)
    if dtype == types_pb2.DT_BOOL:
        _check_kinds(flat, kinds, {bool}, dtype)
        return np.array(flat, bool).reshape(shape)
    if dtype in _INT_BITS:
        _check_kinds(flat, kinds, {int}, dtype)
        if flat:
            _check_range(min(flat), max(flat), dtype)
        array = np.array(flat, _wide(dtype)).astype(numpy_dtype(dtype))
        return array.reshape(shape)
    raise _not_read(dtype)


def _from_numbers(numbers, dtype):
    if dtype in _FLOATS:
        return numbers.to_array(numpy_dtype(dtype), np.float64)
    if dtype in (types_pb2.DT_BOOL, types_pb2.DT_STRING):
        raise _wrong_type(numbers.first(), dtype)
    if dtype not in _INT_BITS:
        raise _not_read(dtype)
    if numbers.fraction() is not None:
        raise _wrong_type(numbers.fraction(), dtype)
    _check_range(*numbers.extremes(), dtype)
    return numbers.to_array(numpy_dtype(dtype), _wide(dtype))


def _stacked(arrays):
    for array in arrays:
        if array.shape != arrays[0].shape:
            raise _invalid(
                f"Encountered list at rank 1 with unexpected size: its shape is "
                f"{list(array.shape)} Expected shape: {list(arrays[0].shape)}"
            )
    return np.stack(arrays)


def _check_range(low, high, dtype):
    lowest, highest = _INT_BITS[dtype]
    if low < lowest or high > highest:
        raise _wrong_type(low if low < lowest else high, dtype)


def _wide(dtype):
    return np.uint64 if dtype == types_pb2.DT_UINT64 else np.int64


def _not_read(dtype):
    message = f"JSON cannot be read into {dtype_name(dtype)}"
    return ServingError(Code.UNIMPLEMENTED, message)


def _flatten(value):
    """list of the innermost values, and the shape; level by level, no recursion."""
    shape, level = [], [value]
    while level and isinstance(level[0], list):
        size = len(level[0])
        for item in level:
            if not isinstance(item, list):
                raise _invalid(
                    f"Expecting tensor size: {size} but got a single value: the list "
                    "is ragged"
                )
            if len(item) != size:
                raise _invalid(
                    f"Encountered list at rank {len(shape)} with unexpected size: "
                    f"{len(item)} Expected size: {size}"
                )
        shape.append(size)
        if len(shape) > _MAX_RANK:
            raise _invalid(f"lists nested deeper than {_MAX_RANK}")
        level = list(itertools.chain.from_iterable(level))
    if any(isinstance(item, list) for item in level):
        raise _invalid(f"Expecting shape {shape}: a value and a list are mixed")
    return level, tuple(shape)


def _check_kinds(flat, kinds, allowed, dtype):
    if not kinds <= allowed:
        raise _wrong_type(next(v for v in flat if type(v) not in allowed), dtype)


def _floats(flat, dtype):
    try:
        array = np.array(flat, np.float64)
    except OverflowError:  # an integer beyond the largest double
        array = np.array([_clamped(item) for item in flat], np.float64)
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def _clamped(value):
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def to_bytes(item):
    """bytes of a JSON string or of `{"b64": ...}`; `ServingError` for others."""
    if isinstance(item, str):
        return item.encode("utf-8", "surrogatepass")
    if not is_bytes(item):
        raise _wrong_type(item, types_pb2.DT_STRING)
    text = item["b64"]
    if not isinstance(text, str):
        raise _invalid("Unable to base64 decode: the value of 'b64' is no string")
    try:
        padding = "=" * (-len(text) % 4)
        return base64.b64decode(text + padding, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid(f"Unable to base64 decode: {error}") from None


def _wrong_type(value, dtype):
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    name = dtype_name(dtype)
    return _invalid(f"JSON Value: {shown} not of expected type: {name}")


def _invalid(message):
    return ServingError(Code.INVALID_ARGUMENT, message)
