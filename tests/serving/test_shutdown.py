"""SIGTERM under each kind of open work: the process ends, whatever still runs.

What only the time can end is work that never ends by itself, so nothing is measured: a
server that waits for it is not there when the test looks, or it fails.
"""

import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import socket
import tempfile
import threading
import time

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from tensorflow_serving.apis import model_management_pb2

from tests.serving import exports
from tests.serving.server_process import ServerProcess, children
from tests.waiting import wait_until


class _Reader(tf.Module):
    """Reads a file in TensorFlow; a pipe that nobody writes to, for ever."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="path")])
    def read(self, path):
        return {"content": tf.io.read_file(path)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def line(self, x):
        return {"y": x * 2.0}


class Place:
    """Folders of a model that serves, and of models whose loads never end."""

    def __init__(self, folder):
        self.folder = folder
        module = _Reader()
        signatures = {"serving_default": module.line, "read": module.read}
        tf.saved_model.save(module, str(folder / "m" / "1"), signatures=signatures)
        line = folder / "line"
        exports.half_plus(str(line), 3.0)
        shutil.copytree(line, folder / "stuck" / "1")
        (folder / "half" / "1").mkdir(parents=True)
        self.index = folder / "stuck" / "1" / "variables" / "variables.index"
        self.index.unlink()
        os.mkfifo(self.index)  # TensorFlow opens it while it loads, and waits in C++

    def start(self, output, *flags, name="m"):
        output.mkdir()
        return ServerProcess(name, self.folder / name, str(output), *flags)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))


def opened(pipe):
    """int, the end to write to of a pipe that somebody reads, or None."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


class Open:
    """Work that is open at a server: each method opens a kind and returns at once."""

    def __init__(self, server, place, stack):
        self.server, self._place, self._stack = server, place, stack
        self._calls = []  # one that is forgotten is cancelled
        channel = grpc.insecure_channel(server.target)
        self._channel = stack.enter_context(channel)

    def watched_health(self):
        stub = health_pb2_grpc.HealthStub(self._channel)
        states = stub.Watch(health_pb2.HealthCheckRequest())
        assert next(states).status

    def reflection(self):
        stub = reflection_pb2_grpc.ServerReflectionStub(self._channel)
        silent = threading.Event()
        self._stack.callback(silent.set)

        def questions():
            yield reflection_pb2.ServerReflectionRequest(list_services="*")
            silent.wait()

        assert next(stub.ServerReflectionInfo(questions()))

    def connections(self):
        """To each port one that says nothing; over REST one that said all it had."""
        grpc_port = int(self.server.target.rsplit(":", 1)[1])
        for port in (grpc_port, self.server.rest_port):
            self._connect(port)
        idle = self._connect(self.server.rest_port)
        idle.sendall(b"GET /healthz HTTP/1.1\r\nhost: m\r\n\r\n")
        assert idle.recv(1)

    def slow_body(self):
        slow = self._connect(self.server.rest_port)
        head = "POST /v1/models/m:predict HTTP/1.1\r\nhost: m\r\ncontent-length: 999"
        slow.sendall(f"{head}\r\n\r\n{{".encode())

    def reload(self):
        """One that waits for a version which is not whole, and tried for ever."""
        self._reload("half")

    def load(self):
        """One that waits for a load which never ends."""
        self._reload("stuck")

    def _reload(self, new):
        request = model_management_pb2.ReloadConfigRequest()
        for name in ("m", new):
            path = str(self._place.folder / name)
            request.config.model_config_list.config.add(
                name=name, base_path=path, model_platform="tensorflow"
            )
        call = self.server.model.HandleReloadConfigRequest.future(request)
        self._calls.append(call)
        wait_until(lambda: f'base_path: "{path}"' in self.server.log())

    def run(self):
        pipe = self._new_pipe()
        request = self.server.request({"path": pipe}, "read")
        self._calls.append(self.server.prediction.Predict.future(request))
        return self._calls[-1], self._hold(pipe)

    def run_over_rest(self):
        pipe = self._new_pipe()
        body = json.dumps({"signature_name": "read", "inputs": {"path": pipe}})
        head = f"host: m\r\ncontent-length: {len(body)}"
        asked = self._connect(self.server.rest_port)
        asked.sendall(
            f"POST /v1/models/m:predict HTTP/1.1\r\n{head}\r\n\r\n{body}".encode()
        )
        self._hold(pipe)

    def _new_pipe(self):
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        pipe = os.path.join(folder, "pipe")
        os.mkfifo(pipe)
        return pipe

    def _hold(self, pipe):
        """Waits until the server reads a pipe, and lets it wait for content."""
        end = os.fdopen(wait_until(lambda: opened(pipe)), "wb")
        return self._stack.enter_context(contextlib.closing(end))

    def _connect(self, port):
        connection = socket.create_connection(("127.0.0.1", port))
        return self._stack.enter_context(contextlib.closing(connection))


IDLE = (Open.watched_health, Open.reflection, Open.connections, Open.reload)
ENDLESS = (Open.slow_body, Open.load, Open.run, Open.run_over_rest)
# More than a test waits, and next to nothing.
LONG = ("--drain_seconds=900", "--end_seconds=900", "--max_num_load_retries=900")
SHORT = ("--drain_seconds=0.5", "--end_seconds=0.5", "--max_num_load_retries=900")


@contextlib.contextmanager
def work(server, place, kinds):
    """Opens kinds of work at a server."""
    with contextlib.ExitStack() as stack:
        opening = Open(server, place, stack)
        for kind in kinds:
            kind(opening)
        yield opening


def tell(process, number=signal.SIGTERM):
    """Sends a signal again and again, as impatient people and supervisors do."""
    for _ in range(20):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        time.sleep(random.uniform(0, 0.002))


def test_idle_streams_and_reloads_hold_up_nothing(place, tmp_path):
    with (
        place.start(tmp_path / "server", *LONG) as server,
        work(server.wait(), place, IDLE) as opening,
    ):
        asked, pipe = opening.run()
        tell(server.process)
        wait_until(lambda: "waiting for those in flight" in server.log())
        assert not asked.done()
        with pipe:
            pipe.write(b"content")
        # A request in flight is answered, and nothing else is waited for.
        assert asked.result().outputs["content"].string_val == [b"content"]
        assert server.stop() == 0
    assert server.log().endswith("I stopped\n")
    assert "Traceback" not in server.log()


def test_what_never_ends_is_not_waited_for(place, tmp_path):
    with (
        place.start(tmp_path / "server", *SHORT) as server,
        work(server.wait(), place, ENDLESS),
    ):
        assert server.predict({"x": np.float32([1.0])}).outputs["y"].float_val == [2.0]
        tell(server.process, signal.SIGINT)
        assert server.stop() == 0
    assert "waiting for those in flight" in server.log()


def test_a_stop_during_the_first_load(place, tmp_path):
    with place.start(tmp_path / "server", *LONG, name="stuck") as server:
        os.close(wait_until(lambda: opened(place.index)))
        assert server.stop() == 0
    assert "stopped before it was ready to serve" in server.log()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*IDLE, *ENDLESS], ids=lambda kind: kind.__name__)
def test_workers_end_with_their_work_open(place, tmp_path, kind):
    flags = LONG if kind in IDLE else SHORT
    with (
        place.start(tmp_path / "server", *flags, "--workers=2") as server,
        work(server.wait(), place, [kind]),
    ):
        workers = children(server)
        assert len(workers) == 2
        tell(server.process)
        assert server.stop() == 0
    assert not any(os.path.exists(f"/proc/{pid}") for pid in workers)


@pytest.mark.slow
def test_workers_end_when_their_supervisor_is_killed(place, tmp_path):
    with place.start(tmp_path / "server", *LONG, "--workers=2") as server:
        workers = children(server.wait())
    assert len(workers) == 2
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))


@pytest.mark.slow
def test_fifty_stops(place, tmp_path):
    kinds = itertools.cycle([*IDLE, *ENDLESS])
    for number in range(0, 50, 2):
        first, second = (tmp_path / f"{number + i}" for i in range(2))
        with place.start(first, *SHORT) as one, place.start(second, *SHORT) as other:
            for server in (one, other):
                with work(server.wait(), place, [next(kinds), next(kinds)]):
                    tell(server.process)
                    assert server.stop() == 0
                assert "Traceback" not in server.log()
