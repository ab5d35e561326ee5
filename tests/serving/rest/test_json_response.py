import json

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from serving.rest import json_response
from serving.status import ServingError


def write(row=True, **arrays):
    arrays = {alias: np.asarray(array) for alias, array in arrays.items()}
    infos = {
        alias: meta_graph_pb2.TensorInfo(
            dtype=tf.as_dtype(
                "string" if array.dtype == object else array.dtype
            ).as_datatype_enum
        )
        for alias, array in arrays.items()
    }
    return json_response.write(infos, arrays, row).decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9000000, "9e+06"),
        (999999, "999999.0"),
        (0.0003, "0.0003"),
        (3e-05, "3e-05"),
        (555557.5, "555557.5"),
        (0, "0.0"),
        (-2, "-2.0"),
        (1 / 3, "0.333333343"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_float32(value, text):
    written = write(y=np.array([value], np.float32))
    assert written == f'{{"predictions": [{text}]}}'


def test_float64_needs_more_digits():
    assert write(y=np.array([0.5, 1 / 3])) == (
        '{"predictions": [0.5, 0.33333333333333331]}'
    )


def test_every_float32_comes_back():
    values = np.random.default_rng(0).integers(0, 2**31, 2000, np.int32)
    values = values.view(np.float32)
    values = values[np.isfinite(values)]
    back = json.loads(write(y=values))["predictions"]
    assert np.array_equal(np.array(back, np.float32), values)


def test_nested_in_row_and_column():
    values = np.arange(12, dtype=np.int64).reshape(2, 3, 2)
    assert json.loads(write(y=values)) == {"predictions": values.tolist()}
    assert json.loads(write(False, y=values)) == {"outputs": values.tolist()}


def test_several_outputs():
    arrays = {"a": np.array([1, 2], np.int32), "b": np.array([True, False])}
    rows = [{"a": 1, "b": True}, {"a": 2, "b": False}]
    assert json.loads(write(**arrays)) == {"predictions": rows}
    columns = {"a": [1, 2], "b": [True, False]}
    assert json.loads(write(False, **arrays)) == {"outputs": columns}


def test_strings_and_bytes():
    value = np.array([b'a"', b"\xff"], object)
    written = json.loads(write(False, text=value, text_bytes=value))["outputs"]
    assert written["text"] == ['a"', "\ufffd"]
    assert written["text_bytes"] == [{"b64": "YSI="}, {"b64": "/w=="}]


def test_empty_and_scalar():
    assert json.loads(write(y=np.zeros((0, 3), np.float32))) == {"predictions": []}
    assert json.loads(write(y=np.zeros((2, 0), np.float32))) == {
        "predictions": [[], []]
    }
    assert json.loads(write(False, y=np.float32(2))) == {"outputs": 2.0}
    with pytest.raises(ServingError, match="has no shape information"):
        write(y=np.float32(2))


def test_refusals():
    with pytest.raises(ServingError, match="inconsistent batch size"):
        write(a=np.zeros(2), b=np.zeros(3))
    with pytest.raises(ServingError, match="JSON value for tensor type: complex64"):
        write(y=np.zeros(1, np.complex64))
