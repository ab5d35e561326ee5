"""Requests that are small to send and dear to answer, on this machine alone.

Beside each small requests go on: how long they and `/healthz` wait, how much memory the
server takes at most and how long its processor works on after the client has gone is
what counts.
"""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import struct
import tempfile
import threading
import time
import zlib

import grpc
import numpy as np

from benchmarks.serving import models
from benchmarks.serving.memory import forget_peak, peak_bytes, resident_bytes
from benchmarks.serving.targets import Target

_MODEL = "attacked"
_PATIENCE = 300.0
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


def measure(names=()):
    """Sends them, one kind after the other.

    Args:
        names: sequence of str, of `ATTACKS`; empty for all.

    Returns:
        tuple of dict and list of `Target`: what was seen, and the aims.
    """
    from serving.local_server import LocalServer

    facts, targets = {}, []
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder, "base")
        models.export_detector(base, "digits")
        with LocalServer(_MODEL, base, patience=_PATIENCE) as server:
            for name in names or ATTACKS:
                with _Watched(server) as watched:
                    words = ATTACKS[name](server)
                    seconds = time.monotonic() - watched.begin
                    idle = _seconds_until_idle(server.pid)
                facts[name] = {
                    "answered": words,
                    "seconds": round(seconds, 1),
                    "MiB more at the peak": watched.more >> 20,
                    "MiB more after": watched.kept >> 20,
                    "/healthz, slowest, s": round(watched.slowest["healthz"], 2),
                    "small Predict, slowest, s": round(watched.slowest["predict"], 2),
                    "processor at work after, s": round(idle, 1),
                }
                targets += [
                    Target(f"{name}: MiB more at the peak", watched.more >> 20, 3072),
                    Target(f"{name}: small Predict, s", watched.slowest["predict"], 3),
                    Target(f"{name}: /healthz, s", watched.slowest["healthz"], 1),
                    Target(f"{name}: at work after, s", idle, 3),
                ]
    return facts, targets


def white_png(side):
    """bytes of a square white PNG, one bit a pixel: few bytes, many pixels."""

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    row = b"\0" + b"\xff" * (-(-side // 8))
    packer = zlib.compressobj()
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return png + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class _Watched:
    """Probes a server and notes its memory, while in `with`."""

    def __init__(self, server):
        self._server = server
        self._over = threading.Event()
        self.slowest = {"healthz": 0.0, "predict": 0.0}
        probes = {"healthz": self._healthz, "predict": self._predict}
        self._threads = [
            threading.Thread(target=self._probe, args=item) for item in probes.items()
        ]

    def __enter__(self):
        self._predict()
        forget_peak(self._server.pid)
        self._before = resident_bytes(self._server.pid)
        self.begin = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()
        self.more = peak_bytes(self._server.pid) - self._before
        self.kept = resident_bytes(self._server.pid) - self._before

    def _probe(self, name, ask):
        while not self._over.is_set():
            begin = time.monotonic()
            ask()
            self.slowest[name] = max(self.slowest[name], time.monotonic() - begin)
            self._over.wait(0.02)

    def _healthz(self):
        address = self._server.rest.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=_PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            connection.getresponse().read()

    def _predict(self):
        _over_grpc(self._server, np.zeros((1, 8, 8, 1), np.uint8))


def _huge_shape(server):
    from tensorflow.core.framework import tensor_pb2, types_pb2

    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_UINT8, int_val=[0])
    for size in (4_194_304, 8, 8, 1):
        tensor.tensor_shape.dim.add(size=size)
    return _together(2, lambda: _over_grpc(server, tensor))


def _huge_pictures(server):
    body = _files([white_png(10_000)])
    return _together(4, lambda: _over_rest(server, body))


def _integers(server):
    return _over_rest(server, b'{"inputs": [' + b"1," * (30 << 20) + b"1]}")


def _many_files(server):
    with contextlib.suppress(TimeoutError):
        return _over_rest(server, _files([white_png(8)] * 60_000), patience=1)
    return "the client has gone"


def _many_pixels(server):
    pixels = np.zeros((300_000, 8, 8, 1), np.uint8)
    return _over_grpc(server, pixels, timeout=3)


def _repeated(server):
    from tensorflow.core.framework import tensor_pb2, types_pb2

    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING)
    tensor.string_val.append(white_png(3000))
    tensor.tensor_shape.dim.add(size=40)
    return _over_grpc(server, tensor, "serving_bytes", "image_bytes", gone=1)


def _idle_streams(server, count=200):
    from grpc_reflection.v1alpha import reflection_pb2_grpc

    over = threading.Event()

    def nothing():
        over.wait(_PATIENCE)
        yield from ()

    with grpc.insecure_channel(server.target, _OPTIONS) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        calls = [stub.ServerReflectionInfo(nothing()) for _ in range(count)]
        time.sleep(1)
        try:
            words = _over_grpc(server, np.zeros((1, 8, 8, 1), np.uint8), timeout=5)
        finally:
            over.set()
            for call in calls:
                call.cancel()
    return f"Predict beside them: {words}"


ATTACKS = {
    "huge shape, 100 bytes, 2 at once": _huge_shape,
    "PNG of 100 megapixels, 4 at once": _huge_pictures,
    "60 MiB of JSON, integers": _integers,
    "60,000 pictures, client waits 1 s": _many_files,
    "300,000 pictures, deadline 3 s": _many_pixels,
    "one PNG of 9 megapixels 40 times, client goes after 1 s": _repeated,
    "200 idle reflection streams": _idle_streams,
}


def _over_grpc(server, value, signature="", name="images", **limits):
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest()
    request.model_spec.name = _MODEL
    request.model_spec.signature_name = signature
    is_array = isinstance(value, np.ndarray)
    request.inputs[name].CopyFrom(tf.make_tensor_proto(value) if is_array else value)
    with grpc.insecure_channel(server.target, _OPTIONS) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        gone = limits.pop("gone", None)
        call = stub.Predict.future(request, **({"timeout": _PATIENCE} | limits))
        try:
            call.result(gone)
        except grpc.FutureTimeoutError:
            call.cancel()
            return "the client has gone"
        except grpc.RpcError as error:
            return error.code().name
    return "OK"


def _over_rest(server, body, patience=_PATIENCE):
    address = server.rest.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=patience)
    with contextlib.closing(connection):
        connection.request("POST", f"/v1/models/{_MODEL}:predict", body)
        response = connection.getresponse()
        response.read()
        return f"HTTP {response.status}"


def _files(contents):
    encoded = [{"b64": base64.b64encode(one).decode()} for one in contents]
    document = {"signature_name": "serving_bytes", "instances": encoded}
    return json.dumps(document).encode()


def _together(count, send):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(send())) for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ", ".join(sorted(found))


def _seconds_until_idle(pid):
    """float, seconds until a process uses less than half a core, probes and all."""
    begin = time.monotonic()
    while time.monotonic() - begin < 60:
        used = _processor_seconds(pid)
        time.sleep(0.5)
        if _processor_seconds(pid) - used < 0.25:
            break
    return max(0.0, time.monotonic() - begin - 0.5)


def _processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
