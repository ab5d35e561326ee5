"""Arrays to `TensorProto` and back, with TF Serving's leniency and its layout."""

import functools
import math

import numpy as np
from tensorflow.core.framework import tensor_pb2, types_pb2

from serving.inference.tensor_dtype import VALUE_FIELDS, dtype_name, numpy_dtype
from serving.status import Code, ServingError

# A tensor may say "this value, a billion times" in a few bytes. TensorFlow itself
# writes a picture of one colour so, and no large one has more elements than that.
MAX_EXPANDED_ELEMENTS = 1 << 24
MAX_EXPANDED_BYTES = 1 << 26
# And a string may be a picture: to decode one a million times is no request either.
MAX_REPEATED_STRINGS = 1 << 16
_MAX_RANK = 64  # of numpy's arrays; TensorFlow's own limit is 254
_MAX_ELEMENTS = 1 << 40
_STRING_BYTES = 48
_PIECE = 1 << 16


def decode(proto):
    """Reads a tensor as TensorFlow does.

    No values are zeros, too few are continued with the last, surplus ones and
    those in another dtype's field are dropped.

    Args:
        proto: `TensorProto`.

    Returns:
        array of the tensor's dtype and shape; strings as `object` of `bytes`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for an unknown dtype, an impossible
            shape, content of the wrong length, or a few values blown up to
            more than `MAX_EXPANDED_ELEMENTS` or `MAX_EXPANDED_BYTES`.
    """
    field = VALUE_FIELDS.get(proto.dtype)
    if field is None:
        raise _invalid(f"{dtype_name(proto.dtype)} is no dtype of a tensor")
    shape, count = _shape(proto.tensor_shape)
    if proto.dtype == types_pb2.DT_STRING:
        return _decode_strings(proto, shape, count)
    dtype = numpy_dtype(proto.dtype)
    if proto.tensor_content:
        expected, received = count * dtype.itemsize, len(proto.tensor_content)
        if expected != received:
            raise _invalid(f"shape {shape} needs {expected} bytes, got {received}")
        if dtype.kind == "b":  # any byte but 0 is true, and numpy must not see a 2
            return np.frombuffer(proto.tensor_content, np.uint8).reshape(shape) != 0
        return np.frombuffer(proto.tensor_content, dtype).reshape(shape)
    given = getattr(proto, field)
    if len(given) < count:  # before anything is allocated
        _check_expansion(shape, count, count * dtype.itemsize)
    values = _typed_values(given, dtype, count)
    if len(values) < count:
        last = values[-1] if len(values) else 0
        values = np.concatenate([values, np.full(count - len(values), last, dtype)])
    return values.reshape(shape)


def decoded_bytes(proto):
    """What a tensor takes once it is decoded, told before anything is allocated.

    Args:
        proto: `TensorProto`.

    Returns:
        int.

    Raises:
        ServingError: `INVALID_ARGUMENT` for an unknown dtype or an impossible
            shape.
    """
    if proto.dtype not in VALUE_FIELDS:
        raise _invalid(f"{dtype_name(proto.dtype)} is no dtype of a tensor")
    _, count = _shape(proto.tensor_shape)
    if proto.dtype != types_pb2.DT_STRING:
        return count * numpy_dtype(proto.dtype).itemsize
    sent = len(proto.tensor_content) + sum(map(len, proto.string_val))
    return count * _STRING_BYTES + sent


def serialize(array, dtype):
    """Writes a tensor into the typed fields (`float_val`, ...), as clients expect.

    Args:
        array: array; strings as `object` of `bytes`.
        dtype: int, of the `DataType` enum.

    Returns:
        bytes, a serialized `TensorProto`.
    """
    field = VALUE_FIELDS[dtype]
    header = _header(dtype, array.shape)
    packed = _packed(array, field)
    if packed is not None:
        # Packed values are the array's own bytes behind a tag and a length: this
        # takes microseconds where adding them to a message takes milliseconds.
        return b"".join([header, _tag(field), _varint(len(packed)), packed])
    proto = tensor_pb2.TensorProto.FromString(header)
    flat = array.ravel()
    if field == "half_val":
        flat = flat.view(np.uint16)
    getattr(proto, field).extend(flat.tolist())
    return proto.SerializeToString()


def _packed(array, field):
    """bytes of the packed field, or None where values must be added one by one."""
    if field in ("float_val", "double_val", "scomplex_val", "dcomplex_val"):
        return np.ascontiguousarray(array).tobytes()
    if field == "bool_val":
        return np.ascontiguousarray(array, np.uint8).tobytes()
    if array.dtype == np.uint8:  # varints: one byte below 128, else two
        flat = array.ravel()
        large = flat >= 0x80
        pairs = np.stack([flat, np.ones_like(flat)], axis=1)
        return pairs[np.stack([np.ones_like(large), large], axis=1)].tobytes()
    return None


def _typed_values(values, dtype, count):
    """array of the values sent, a piece at a time: others must get their turn."""
    if dtype.kind == "c":
        parts = np.array(values[: 2 * count], dtype.type(0).real.dtype)
        return parts[: len(parts) // 2 * 2].view(dtype)
    few = min(len(values), count)
    as_bits = dtype.itemsize == 2 and dtype.kind not in "iu"  # half and bfloat16
    wide = dtype
    if as_bits or dtype.kind in "iu" and dtype.itemsize < 4:
        wide = np.dtype(np.int32)
    array = np.empty(few, np.uint16 if as_bits else dtype)
    for start in range(0, few, _PIECE):
        end = min(start + _PIECE, few)
        piece = np.array(values[start:end], wide)
        array[start:end] = piece.astype(array.dtype)
    return array.view(dtype)


def _decode_strings(proto, shape, count):
    if proto.tensor_content:
        values = _split_strings(proto.tensor_content, count)
    else:
        values = list(proto.string_val[:count])
    if len(values) < count:
        last = values[-1] if values else b""
        if last and count - len(values) > MAX_REPEATED_STRINGS:
            raise _invalid(
                f"too few strings for shape {list(shape)}: the last one would be "
                f"repeated {count - len(values)} times, at most {MAX_REPEATED_STRINGS} "
                "are allowed"
            )
        _check_expansion(shape, count, count * (_STRING_BYTES + len(last)))
        values += [last] * (count - len(values))
    array = np.empty(count, object)
    array[:] = values
    return array.reshape(shape)


def _split_strings(content, count):
    """Reads `tensor_content` of strings: all lengths as varints, then all bytes."""
    lengths, at = [], 0
    for _ in range(count):
        length = shift = 0
        while True:
            if at >= len(content) or shift > 63:
                raise _invalid("tensor_content of strings is cut short")
            byte = content[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        lengths.append(length)
    if at + sum(lengths) != len(content):
        raise _invalid("tensor_content of strings has the wrong length")
    values = []
    for length in lengths:
        values.append(content[at : at + length])
        at += length
    return values


def _shape(proto):
    if proto.unknown_rank or len(proto.dim) > _MAX_RANK:
        raise _invalid("the shape is unknown or has too many dimensions")
    shape = tuple(dim.size for dim in proto.dim)
    # Dimensions of 0 left out: beside one, numpy still refuses a huge other one.
    largest = math.prod(max(size, 1) for size in shape)
    if any(size < 0 for size in shape) or largest > _MAX_ELEMENTS:
        raise _invalid(f"no tensor can have the shape {list(shape)}")
    count = math.prod(shape)
    return shape, count


def _check_expansion(shape, count, size):
    if count > MAX_EXPANDED_ELEMENTS or size > MAX_EXPANDED_BYTES:
        raise _invalid(
            f"too few values for shape {list(shape)}: repeating the last one would "
            f"make {count} elements of {size} bytes, at most {MAX_EXPANDED_ELEMENTS} "
            f"and {MAX_EXPANDED_BYTES} are allowed"
        )


def _invalid(reason):
    return ServingError(Code.INVALID_ARGUMENT, reason)


@functools.lru_cache(maxsize=1024)
def _header(dtype, shape):
    proto = tensor_pb2.TensorProto(dtype=dtype)
    proto.tensor_shape.SetInParent()
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    return proto.SerializeToString()


@functools.lru_cache(maxsize=32)
def _tag(field):
    number = tensor_pb2.TensorProto.DESCRIPTOR.fields_by_name[field].number
    return _varint(number << 3 | 2)


def _varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
