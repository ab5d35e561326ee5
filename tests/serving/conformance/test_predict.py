"""Predict over gRPC: cases 1 to 10, 47 and 48."""

import grpc
import numpy as np
import pytest
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import predict_pb2

from tests.serving.conformance.cases import case
from tests.serving.conformance.server import refused
from tests.waiting import PATIENCE

X = np.array([2.0], np.float32)
LINE = "half_plus_two"


@case(1)
def test_unknown_model(server):
    with refused("NOT_FOUND", "Servable"):
        server.predict("nowhere", {"x": X})


@case(2)
@case(3)
@pytest.mark.parametrize("outputs", [("y",), ()])
def test_values_come_typed(server, outputs):
    response = server.predict(LINE, {"x": X}, outputs=outputs)
    y = response.outputs["y"]
    assert list(y.float_val) == [3.0]
    assert y.dtype == types_pb2.DT_FLOAT
    assert not y.tensor_content
    assert len(response.outputs) == 1
    spec = response.model_spec
    assert (spec.name, spec.signature_name) == (LINE, "serving_default")
    assert spec.version.value == 123


@case(4)
def test_scalar_in_scalar_out(server):
    response = server.predict(LINE, {"x": np.float32(2.0)})
    y = response.outputs["y"]
    assert list(y.float_val) == [3.0]
    assert not y.tensor_shape.dim
    assert response.model_spec.signature_name == "serving_default"


@case(4)
def test_shapes_are_the_graph_s_own_business(server):
    response = server.predict(LINE, {"x": np.ones((2, 2), np.float32)})
    assert list(response.outputs["y"].float_val) == [2.5] * 4


@case(5)
def test_no_model(server):
    with refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        server.predict(None, {"x": X})
    with refused("INVALID_ARGUMENT", "ModelSpec has no name"):
        server.predict("", {"x": X})


@case(6)
def test_input_names(server):
    with refused("INVALID_ARGUMENT", "Missing but required: {x}"):
        server.predict(LINE, {})
    unknown = {"unknown_key1": X, "unknown_key2": X}
    with refused(
        "INVALID_ARGUMENT",
        "input size does not match signature: 2!=1",
        "Sent extra: {unknown_key1,unknown_key2}",
        "Missing but required: {x}",
    ):
        server.predict(LINE, unknown)
    with refused("INVALID_ARGUMENT", "x", "not found in request and no default value"):
        server.predict(LINE, {"z": X})


@case(7)
@pytest.mark.parametrize(
    ("value", "word"),
    [
        (np.array([b"hello"]), "string"),
        (np.array([True]), "bool"),
        (np.array([1], np.int32), "int32"),
        (np.array([1], np.uint8), "uint8"),
    ],
)
def test_wrong_dtype(server, value, word):
    with refused("INVALID_ARGUMENT", f"to be float but {word} is provided"):
        server.predict(LINE, {"x": value})


@case(7)
def test_undecodable_tensors(server):
    for tensor in (
        tensor_pb2.TensorProto(dtype=99),
        tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=b"123"),
    ):
        with refused("INVALID_ARGUMENT", "tensor parsing error: x"):
            server.predict(LINE, {"x": tensor})


@case(2)
@pytest.mark.parametrize(
    ("values", "size", "expected"),
    [
        ([], 3, [2.0, 2.0, 2.0]),
        ([2.0], 3, [3.0, 3.0, 3.0]),
        ([2.0, 4.0], 3, [3.0, 4.0, 4.0]),
        ([2.0, 4.0, 6.0], 2, [3.0, 4.0]),
    ],
)
def test_tensors_are_read_leniently(server, values, size, expected):
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=values)
    tensor.tensor_shape.dim.add(size=size)
    assert list(server.predict(LINE, {"x": tensor}).outputs["y"].float_val) == expected


@case(8)
def test_output_filter(server):
    with refused(
        "INVALID_ARGUMENT",
        "output tensor alias not found in signature: z",
        "Outputs expected to be in the set {y}",
    ):
        server.predict(LINE, {"x": X}, outputs=["z"])
    with refused("INVALID_ARGUMENT", "duplicate output tensor alias: y"):
        server.predict(LINE, {"x": X}, outputs=["y", "y"])


@case(9)
def test_unknown_signature(server):
    with refused("FAILED_PRECONDITION", '"nothing" not found'):
        server.predict(LINE, {"x": X}, signature="nothing")
    status, body = server.rest_predict(
        LINE, {"signature_name": "nothing", "instances": [1.0]}
    )
    assert status == 400
    assert '"nothing" not found' in body["error"]


@case(10)
def test_predict_on_other_signatures(server):
    def counted(signature, **inputs):
        response = server.predict("counter", inputs, signature=signature)
        return response.outputs["output"].float_val[0]

    counted("reset")
    assert [counted(name) for name in ("get", "incr", "reset", "incr")] == [0, 1, 0, 1]
    assert counted("incr_by", delta=np.float32(3)) == 4
    from tensorflow.core.example import example_pb2

    example = example_pb2.Example()
    example.features.feature["x"].float_list.value.append(2.0)
    inputs = {"inputs": np.array([example.SerializeToString()])}
    for signature, output in (
        ("regress_x_to_y", "outputs"),
        ("classify_x_to_y", "scores"),
    ):
        response = server.predict(LINE, inputs, signature=signature)
        assert list(response.outputs[output].float_val) == [3.0]


@case(47)
def test_wrong_rank_is_refused_and_the_server_lives(server):
    for shape in ((8, 8, 3), (1, 9, 8, 3), (0, 8, 8, 1)):
        with refused("INVALID_ARGUMENT"):
            server.predict("detector", {"images": np.zeros(shape, np.uint8)})
    try:
        empty = server.predict("detector", {"images": np.zeros((0, 8, 8, 3), np.uint8)})
        assert [d.size for d in empty.outputs["score"].tensor_shape.dim] == [0]
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    images = np.full((2, 8, 8, 3), 200, np.uint8)
    assert len(
        server.predict("detector", {"images": images}).outputs["score"].float_val
    )


@case(48)
def test_deadline_and_rest_timeout(server):
    rounds = {"rounds": np.int32(1_000_000)}
    with refused("DEADLINE_EXCEEDED"):
        server.predict(LINE, rounds, signature="slow", timeout=0.05)
    body = {"signature_name": "slow", "inputs": 1_000_000}
    status, answer = server.rest_predict(LINE, body)
    assert status == 504
    assert answer["error"]


@case(48)
def test_long_texts_are_cut_over_grpc_alone(server):
    name = "n" * 3000
    with refused("INVALID_ARGUMENT", "...TRUNCATED"):
        server.predict(LINE, {"x": X}, outputs=[name])
    try:
        server.predict(LINE, {"x": X}, outputs=[name])
    except grpc.RpcError as error:
        assert len(error.details()) == 1024
    status, body = server.rest_predict(
        LINE, {"signature_name": name, "instances": [1.0]}
    )
    assert status == 400
    assert name in body["error"]


@case(46)
def test_large_messages(server):
    x = np.zeros((1, 16 << 20), np.float32)  # 64 MiB
    request = predict_pb2.PredictRequest()
    request.model_spec.name = LINE
    tensor = request.inputs["x"]
    tensor.dtype = types_pb2.DT_FLOAT
    tensor.tensor_content = x.tobytes()
    for size in x.shape:
        tensor.tensor_shape.dim.add(size=size)
    response = server.prediction.Predict(request, timeout=PATIENCE)
    assert len(response.outputs["y"].float_val) == x.size
