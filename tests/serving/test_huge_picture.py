"""A picture of 100 kB that would unpack to gigabytes, through both doors."""

import base64
import contextlib
import struct
import zlib

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from keras_novnorm.datasets.decode_image import decode_images
from serving.grpc.server import GrpcServer
from serving.inference.servable import Servable
from serving.rest.server import RestServer
from tests.serving import exports
from tests.serving.fake_core import FakeCore
from tests.serving.http_calls import predict
from tests.waiting import PATIENCE

SIDE = 20_000


class Reader(tf.Module):
    """Reads pictures the way an exported detector does."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def score_bytes(self, image_bytes):
        images = decode_images(image_bytes, (8, 8, 3))
        return {"score": tf.reduce_mean(images, axis=[1, 2, 3])}


def white_png(side):
    """bytes, one bit a pixel."""

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    row = b"\0" + b"\xff" * (side // 8)
    packer = zlib.compressobj()
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return png + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("reader") / "1")
    reader = Reader()
    exports.save(reader, path, {"serving_bytes": reader.score_bytes})
    core = FakeCore()
    core.servable = Servable.load(path)
    opened = (
        GrpcServer(core, "127.0.0.1", 0, 2),
        RestServer(core, "127.0.0.1", 0, 2, 30.0, 1 << 20),
    )
    for door in opened:
        door.start()
    yield opened
    for door in opened:
        door.stop(1)
    core.servable.close()


@contextlib.contextmanager
def little_memory(most=200 << 20):
    """Fails if the process needs more than so many bytes on the way."""

    def kilobytes(field):
        with open("/proc/self/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field))

    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # forget the peak so far
    before = kilobytes("VmRSS:")
    yield
    assert (kilobytes("VmHWM:") - before) * 1024 < most


def over_grpc(port, picture):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "m"
    request.model_spec.signature_name = "serving_bytes"
    request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([picture]))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        return stub.Predict(request, timeout=PATIENCE).outputs["score"].float_val[0]


def test_a_picture_of_too_many_pixels_is_refused(doors):
    over, rest = doors
    huge, small = white_png(SIDE), white_png(16)
    assert len(huge) < 200_000
    for one in (huge, small):
        encoded = {"b64": base64.b64encode(one).decode()}
        body = {"signature_name": "serving_bytes", "instances": [encoded]}
        if one is small:
            assert over_grpc(over.port, one) == 1.0
            assert predict(rest, body) == (200, {"predictions": [1.0]})
            continue
        with little_memory():
            with pytest.raises(grpc.RpcError) as caught:
                over_grpc(over.port, one)
            status, answer = predict(rest, body)
            as_file = predict(rest, one, content_type="image/png")
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "pixels" in caught.value.details()
        assert (status, "pixels" in answer["error"]) == (400, True)
        assert as_file[0] == 400
