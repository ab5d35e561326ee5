"""The dtypes of `TensorProto`: their names, numpy's for them, and their fields."""

import functools

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

VALUE_FIELDS = {
    types_pb2.DT_FLOAT: "float_val",
    types_pb2.DT_DOUBLE: "double_val",
    types_pb2.DT_INT32: "int_val",
    types_pb2.DT_UINT8: "int_val",
    types_pb2.DT_INT16: "int_val",
    types_pb2.DT_INT8: "int_val",
    types_pb2.DT_UINT16: "int_val",
    types_pb2.DT_STRING: "string_val",
    types_pb2.DT_INT64: "int64_val",
    types_pb2.DT_BOOL: "bool_val",
    types_pb2.DT_HALF: "half_val",
    types_pb2.DT_BFLOAT16: "half_val",
    types_pb2.DT_UINT32: "uint32_val",
    types_pb2.DT_UINT64: "uint64_val",
    types_pb2.DT_COMPLEX64: "scomplex_val",
    types_pb2.DT_COMPLEX128: "dcomplex_val",
}
"""Where a `TensorProto` holds the values of a dtype."""


def dtype_name(dtype):
    """TensorFlow's word for a dtype: `float`, `uint8`, `string`.

    Args:
        dtype: int, of the `DataType` enum.

    Returns:
        str.
    """
    try:
        return types_pb2.DataType.Name(dtype).removeprefix("DT_").lower()
    except ValueError:
        return f"dtype {dtype}"


@functools.lru_cache(maxsize=64)
def numpy_dtype(dtype):
    """numpy's dtype for TensorFlow's; strings are `object`.

    Args:
        dtype: int, of the `DataType` enum.

    Returns:
        `np.dtype`.
    """
    return np.dtype(tf.as_dtype(dtype).as_numpy_dtype)
