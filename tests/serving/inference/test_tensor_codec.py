import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, types_pb2

from serving.inference import tensor_codec
from serving.status import ServingError

DTYPES = [
    "float32 float64 float16 bfloat16 int8 int16 int32 int64",
    "uint8 uint16 uint32 uint64 bool complex64 complex128",
]


def some(dtype):
    values = np.array([[0, 1, 127], [128, 255, 3]])
    if dtype in ("int8", "int16", "int32", "int64"):
        values = values - 130 if dtype != "int8" else values // 3 - 40
    return values.astype(tf.as_dtype(dtype).as_numpy_dtype)


@pytest.mark.parametrize("dtype", " ".join(DTYPES).split())
@pytest.mark.parametrize("shape", [(2, 3), (6,), (1, 6), (0, 3), ()])
def test_arrays_survive_both_ways(dtype, shape):
    array = some(dtype).ravel()[: int(np.prod(shape))].reshape(shape)
    number = tf.as_dtype(dtype).as_datatype_enum
    proto = tensor_pb2.TensorProto.FromString(tensor_codec.serialize(array, number))
    assert not proto.tensor_content, "clients read the typed fields"
    if array.size:  # TensorFlow's own reader is the judge
        assert np.array_equal(tf.make_ndarray(proto), array)
    for form in (proto, tf.make_tensor_proto(array)):
        decoded = tensor_codec.decode(form)
        assert decoded.dtype == array.dtype and decoded.shape == shape
        assert np.array_equal(decoded, array)


def test_strings_survive_both_ways():
    array = np.array([[b"a", b""], [b"\xff\x00", b"long" * 100]], object)
    content = tensor_codec.serialize(array, types_pb2.DT_STRING)
    proto = tensor_pb2.TensorProto.FromString(content)
    assert list(proto.string_val) == array.ravel().tolist()
    assert np.array_equal(tensor_codec.decode(proto), array)


def test_strings_in_tensor_content():
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING)
    proto.tensor_shape.dim.add(size=2)
    proto.tensor_content = bytes([1, 3]) + b"a" + b"bcd"
    assert tensor_codec.decode(proto).tolist() == [b"a", b"bcd"]
    proto.tensor_content = bytes([1, 200])
    with pytest.raises(ServingError, match="cut short"):
        tensor_codec.decode(proto)


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({}, [0, 0, 0]),
        ({"float_val": [1, 2]}, [1, 2, 2]),
        ({"float_val": [1, 2, 3, 4]}, [1, 2, 3]),
        ({"int_val": [1, 2, 3]}, [0, 0, 0]),
    ],
)
def test_decoding_is_as_lenient_as_tensorflow(fields, values):
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, **fields)
    proto.tensor_shape.dim.add(size=3)
    assert tensor_codec.decode(proto).tolist() == values


@pytest.mark.parametrize(
    ("dtype", "sizes", "fields", "said"),
    [
        (types_pb2.DT_INVALID, [1], {}, "no dtype"),
        (types_pb2.DT_RESOURCE, [1], {}, "resource"),
        (99, [1], {}, "99"),
        (types_pb2.DT_FLOAT, [-1], {"float_val": [1]}, r"\[-1\]"),
        (types_pb2.DT_FLOAT, [2**40, 2**40], {}, str(2**40)),
        (types_pb2.DT_FLOAT, [2**40, 1000, 2**31 - 1, 0], {}, "no tensor can have"),
        (types_pb2.DT_FLOAT, [2], {"tensor_content": b"12345"}, "needs 8 bytes, got 5"),
        (types_pb2.DT_FLOAT, [1] * 65, {"float_val": [1]}, "too many dimensions"),
    ],
)
def test_undecodable(dtype, sizes, fields, said):
    proto = tensor_pb2.TensorProto(dtype=dtype, **fields)
    for size in sizes:
        proto.tensor_shape.dim.add(size=size)
    with pytest.raises(ServingError, match=said):
        tensor_codec.decode(proto)


@pytest.mark.parametrize(
    ("dtype", "fields"),
    [
        (types_pb2.DT_FLOAT, {"float_val": [1]}),
        (types_pb2.DT_STRING, {"string_val": [b"x" * 1000]}),
    ],
)
def test_a_few_bytes_are_not_blown_up_to_gigabytes(dtype, fields):
    proto = tensor_pb2.TensorProto(dtype=dtype, **fields)
    proto.tensor_shape.dim.add(size=10**9)
    with pytest.raises(ServingError, match="at most"):
        tensor_codec.decode(proto)


def test_one_picture_is_not_decoded_a_million_times():
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"P"])
    proto.tensor_shape.dim.add(size=1 << 20)
    with pytest.raises(ServingError, match="repeated 1048575 times, at most 65536"):
        tensor_codec.decode(proto)
    proto.tensor_shape.dim[0].size = 1 << 16
    assert len(tensor_codec.decode(proto)) == 1 << 16
