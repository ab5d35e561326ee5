"""Requests that would take the machine, against a whole server in this process."""

import contextlib
import http.client
import json
import threading
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, types_pb2
from tensorflow_serving.apis import (
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from serving.configuration import flags
from serving.startup import Server
from tests.serving import exports
from tests.serving.test_huge_picture import little_memory, white_png


class Slow(tf.Module):
    """Reads a file as a model of files would, and takes a while for each row."""

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 1], tf.uint8)])
    def score(self, images):
        x = tf.reshape(tf.cast(images, tf.float32), [-1, 64])
        for _ in range(8):
            x = tf.tanh(x @ tf.eye(64))
        return {"score": tf.reduce_mean(x, axis=1)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def score_bytes(self, image_bytes):
        def one(content):
            image = tf.io.decode_png(content, channels=1)
            return tf.reduce_mean(tf.cast(image, tf.float32))

        return {"score": tf.map_fn(one, image_bytes, fn_output_signature=tf.float32)}


class Thief(tf.Module):
    """What a model can do: it is code."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def read(self, name):
        return {"content": tf.io.read_file(name)[None]}


class InProcess:
    """A `Server` on free ports, and ways to speak to it."""

    def __init__(self, base, *words):
        self.flags, _ = flags.parse(
            [
                *("--model_name=m", f"--model_base_path={base}"),
                *("--port=-1", "--rest_api_port=-1", "--drain_seconds=1", *words),
            ]
        )
        self.server = Server(self.flags)
        self.server.start(threading.Event())
        self.port = self.server.ports["rest"]
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{self.server.ports['grpc']}",
            [("grpc.max_send_message_length", -1)],
        )
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self.channel
        )

    def request(self, tensor, signature="", alias="images"):
        message = predict_pb2.PredictRequest()
        message.model_spec.name = "m"
        message.model_spec.signature_name = signature
        if not isinstance(tensor, tensor_pb2.TensorProto):
            tensor = tf.make_tensor_proto(tensor)
        message.inputs[alias].CopyFrom(tensor)
        return message

    def code(self, *tensor, timeout=60):
        """Status and text of a Predict."""
        try:
            self.prediction.Predict(self.request(*tensor), timeout=timeout)
        except grpc.RpcError as error:
            return error.code(), error.details()
        return grpc.StatusCode.OK, ""

    def runs(self):
        """int, requests that hold the version now."""
        table = self.server.core._models["m"].table
        return sum(record.in_flight for record in table._records.values())

    def reload(self, path):
        request = model_management_pb2.ReloadConfigRequest()
        entry = request.config.model_config_list.config.add(name="n")
        entry.base_path, entry.model_platform = str(path), "tensorflow"
        model_service_pb2_grpc.ModelServiceStub(self.channel).HandleReloadConfigRequest(
            request, timeout=60
        )

    def close(self):
        self.channel.close()
        self.server.stop()


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bases")
    slow, thief = Slow(), Thief()
    signatures = {"serving_default": slow.score, "serving_bytes": slow.score_bytes}
    exports.save(slow, str(folder / "m" / "1"), signatures)
    exports.save(thief, str(folder / "thief" / "1"), {"serving_default": thief.read})
    return folder


@pytest.fixture(scope="module")
def server(bases):
    running = InProcess(bases / "m")
    yield running
    running.close()


def shaped(dtype, *sizes, **values):
    tensor = tensor_pb2.TensorProto(dtype=dtype, **values)
    for size in sizes:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


@pytest.mark.parametrize(
    "tensor",
    [
        shaped(types_pb2.DT_UINT8, 4_194_304, 8, 8, 1, int_val=[0]),
        shaped(types_pb2.DT_UINT8, 4_194_304, 8, 8, 1),
        shaped(types_pb2.DT_DOUBLE, 1 << 24, double_val=[1.0]),
        shaped(types_pb2.DT_STRING, 1 << 40),
    ],
)
def test_a_small_message_asks_for_gigabytes(server, tensor):
    with little_memory():
        code, said = server.code(tensor)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "at most" in said


def test_more_than_a_request_may_decode_to(bases):
    server = InProcess(bases / "m", "--max_request_mb=1")
    with contextlib.closing(server):
        assert server.code(np.zeros((16_000, 8, 8, 1), np.uint8))[0].name == "OK"
        code, said = server.code(np.zeros((17_000, 8, 8, 1), np.uint8))
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert "--max_request_mb" in said


def test_a_run_ends_soon_after_its_deadline(server):
    pixels = np.zeros((200_000, 8, 8, 1), np.uint8)
    pixels[1] = 1
    assert server.code(pixels[:512])[0].name == "OK"
    begin = time.monotonic()
    assert server.code(pixels, timeout=0.2)[0] is grpc.StatusCode.DEADLINE_EXCEEDED
    ended(server, begin)


def test_a_run_ends_soon_after_its_client_has_gone(server):
    repeated = shaped(types_pb2.DT_STRING, 40, string_val=[white_png(3000)])
    call = server.prediction.Predict.future(
        server.request(repeated, "serving_bytes", "image_bytes")
    )
    while not server.runs():
        time.sleep(0.01)
    begin = time.monotonic()
    call.cancel()
    ended(server, begin)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    body = {"instances": np.zeros((40_000, 8, 8, 1), int).tolist()}
    connection.request("POST", "/v1/models/m:predict", json.dumps(body))
    while not server.runs():
        time.sleep(0.01)
    begin = time.monotonic()
    connection.close()
    ended(server, begin)


def ended(server, begin):
    while server.runs():
        assert time.monotonic() - begin < 30  # a part takes a quarter of one
        time.sleep(0.01)


def test_the_faulty_element_is_named(server):
    good = white_png(8)
    code, said = server.code(
        [good] * 3 + [good[:40]] + [good] * 4, "serving_bytes", "image_bytes"
    )
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "element 3 of 8, counted from 0" in said


def test_a_reload_names_only_configured_folders(bases, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    server = InProcess(bases / "m")
    with contextlib.closing(server):
        for path in (bases / "thief", "/etc", tmp_path, tmp_path / "missing"):
            with pytest.raises(grpc.RpcError) as caught:
                server.reload(path)
            assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
            assert "--reload_base_paths" in caught.value.details()
            assert "passwd" not in caught.value.details()
        server.reload(bases / "m")
    opened = InProcess(bases / "m", f"--reload_base_paths={bases}")
    with contextlib.closing(opened):
        opened.reload(bases / "thief")


def test_an_error_lists_no_folder(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "secret-plans").mkdir()
    server = InProcess(tmp_path / "m", "--reload_base_paths=*")
    with contextlib.closing(server):
        with pytest.raises(grpc.RpcError) as caught:
            server.reload(tmp_path / "m")
        assert caught.value.code() is grpc.StatusCode.UNKNOWN
        assert "no version is found" in caught.value.details()
        assert "secret" not in caught.value.details()
