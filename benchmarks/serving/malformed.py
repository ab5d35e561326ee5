"""Thousands of faulty requests: the server answers each with the code it should.

INTERNAL and UNKNOWN (HTTP 500) are nobody's fault but the server's. One thing is
excepted: bytes that are no message at all gRPC itself refuses, as INTERNAL, before any
handler sees them.
"""

import collections
import concurrent.futures
import contextlib
import http.client
import pathlib
import random
import tempfile
import time

from benchmarks.serving import fuzz, models, requests
from benchmarks.serving.memory import resident_bytes
from benchmarks.serving.targets import Target

_PATIENCE = 60.0
_AT_A_TIME = 4
_CHUNK = 200
_WARM_UP = 0.1
_SETTLE_SECONDS = 10.0
_FORBIDDEN = ("INTERNAL", "UNKNOWN", "HTTP 500")


def measure(total=10_000, seed=0, export=models.export_detector, size=models.SIZE):
    """Sends faulty requests and looks after the server.

    Args:
        total: int, requests.
        seed: int: the same seed sends the same requests.
        export: function of a base path, which writes a detector's version there.
        size: (height, width, channels) of its pictures.

    Returns:
        tuple of dict and list of `Target`: what was seen, and the aims.
    """
    from serving.local_server import LocalServer

    chance = random.Random(seed)
    image = models.random_images(1, size)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        base_path = pathlib.Path(folder, requests.DETECTOR)
        export(base_path)
        server = stack.enter_context(LocalServer(requests.DETECTOR, base_path))
        sender = stack.enter_context(_Sender(server))
        good = requests.pixels(image, 1)[0]
        right = sender.grpc_answer(good)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(_AT_A_TIME))
        faults = fuzz.faults(chance, image[0], total)
        codes, forbidden = collections.Counter(), []
        wrong, before, sent = 0, None, 0
        for chunk in _chunks(faults):
            for fault, code in zip(chunk, pool.map(sender.send, chunk), strict=True):
                codes[code.partition(":")[0]] += 1
                if code.startswith(_FORBIDDEN) and fault.is_message:
                    forbidden.append(f"{fault.name}: {code}")
            sent += len(chunk)
            # Good requests go on between the faulty ones, with the same answer.
            wrong += sender.grpc_answer(good) != right
            if not server.is_alive():
                break
            if before is None and sent >= _WARM_UP * total:
                before = resident_bytes(server.pid)
        crashes = 0 if server.is_alive() else 1
        growth = float("inf")
        if not crashes:
            growth = _settled(server.pid, before) / before - 1.0
        log = server.log()
    facts = {
        "requests": sent,
        "answers": dict(sorted(codes.items())),
        "forbidden": forbidden[:20],
        "tracebacks in the log": log.count("Traceback"),
    }
    return facts, [
        Target("requests, in thousands", sent / 1e3, total / 1e3, True),
        Target("crashes", crashes, 0),
        Target("answers INTERNAL or UNKNOWN", len(forbidden), 0),
        Target("good requests between them that failed", wrong, 0),
        Target("requests without an answer", codes["no answer"], 0),
        Target("growth of memory after the first tenth, %", growth * 100, 10.0),
    ]


class _Sender:
    """Both doors of the server, for bytes of any kind."""

    def __init__(self, server):
        import grpc

        self._grpc = grpc
        self._rest = server.rest.removeprefix("http://")
        self._channel = grpc.insecure_channel(server.target)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._channel.close()

    def send(self, fault):
        """str, the code that came back."""
        if fault.method is not None:
            return self._send_http(fault)
        call = self._channel.unary_unary(fault.path)
        try:
            call(fault.body, timeout=_PATIENCE)
            return "OK"
        except self._grpc.RpcError as error:
            code = error.code().name
            if code in ("UNAVAILABLE", "DEADLINE_EXCEEDED"):
                return f"no answer: {error.details()}"
            return f"{code}: {error.details()}"

    def grpc_answer(self, request):
        """bytes, or None if there is none."""
        from serving.client import messages

        call = self._channel.unary_unary(messages.PREDICT)
        try:
            return call(request, timeout=_PATIENCE)
        except self._grpc.RpcError:
            return None

    def _send_http(self, fault):
        connection = http.client.HTTPConnection(self._rest, timeout=_PATIENCE)
        try:
            connection.request(fault.method, fault.path, fault.body, fault.headers)
            response = connection.getresponse()
            body = response.read()
            return f"HTTP {response.status}: {body[:200]!r}"
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {type(error).__name__}: {error}"
        finally:
            connection.close()


def _chunks(faults):
    chunk = []
    for fault in faults:
        chunk.append(fault)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _settled(pid, before):
    """int, memory once it is back, or after a while."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (now := resident_bytes(pid)) > before and time.monotonic() < deadline:
        time.sleep(0.2)
    return now
