"""SIGTERM under each kind of open work: the process ends, whatever still runs.

What only the time can end is work that never ends by itself, so nothing is measured: a
server that waits for it is not there when the test looks, or it fails.
"""

import contextlib
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
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

from tests.serving.server_process import ServerProcess, children
from tests.waiting import wait_until

PATHS = ("marker", "pipe")
POST = "POST /v1/models/m:predict HTTP/1.1\r\nhost: localhost\r\ncontent-length:"


def wait_in_tensorflow(marker, pipe):
    """Operation that writes a file, then waits until somebody opens a pipe."""
    with tf.control_dependencies([tf.io.write_file(marker, "")]):
        return tf.io.read_file(pipe)


class _Model(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([], tf.string, n) for n in PATHS])
    def wait(self, marker, pipe):
        return {"content": wait_in_tensorflow(marker, pipe)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def line(self, x):
        return {"y": x * 2.0}


def save_endless_load(folder, *paths):
    """Writes a SavedModel whose load runs `wait_in_tensorflow`."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        begin = wait_in_tensorflow(*paths).op
        builder = tf.compat.v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], main_op=begin)
        builder.save()


class Place:
    """Folders of a model that serves, and of models that never do."""

    def __init__(self, folder):
        self.folder = folder
        model = _Model()
        signatures = {"serving_default": model.line, "wait": model.wait}
        tf.saved_model.save(model, str(folder / "m" / "1"), signatures=signatures)
        self.load_has_begun = folder / "marker"
        os.mkfifo(folder / "pipe")
        save_endless_load(
            *(folder / "stuck" / "1", str(self.load_has_begun), str(folder / "pipe"))
        )
        (folder / "half" / "1").mkdir(parents=True)

    def start(self, output, *flags, name="m"):
        output.mkdir()
        # Each operation that waits takes one of the threads.
        own = ("--tensorflow_inter_op_parallelism=16", "--reload_base_paths=*")
        return ServerProcess(name, self.folder / name, str(output), *own, *flags)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("place"))


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
        idle.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert idle.recv(1)

    def slow_body(self):
        slow = self._connect(self.server.rest_port)
        slow.sendall(f"{POST} 999\r\n\r\n{{".encode())

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
        """The call, and a function that lets it go on."""
        paths = self._paths()
        request = self.server.request(paths, "wait")
        self._calls.append(self.server.prediction.Predict.future(request))
        wait_until(lambda: os.path.exists(paths["marker"]))
        return self._calls[-1], lambda: open(paths["pipe"], "wb").close()

    def run_over_rest(self):
        paths = self._paths()
        body = json.dumps({"signature_name": "wait", "inputs": paths})
        asked = self._connect(self.server.rest_port)
        asked.sendall(f"{POST} {len(body)}\r\n\r\n{body}".encode())
        wait_until(lambda: os.path.exists(paths["marker"]))

    def _paths(self):
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        paths = {name: os.path.join(folder, name) for name in PATHS}
        os.mkfifo(paths["pipe"])
        return paths

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


@pytest.mark.slow
def test_idle_streams_and_reloads_hold_up_nothing(place, tmp_path):
    with (
        place.start(tmp_path / "server", *LONG) as server,
        work(server.wait(), place, IDLE) as opening,
    ):
        asked, go_on = opening.run()
        tell(server.process)
        wait_until(lambda: "waiting for those in flight" in server.log())
        assert not asked.done()
        go_on()
        # It is answered (TensorFlow can open pipes, and not read them), not cut off.
        assert asked.code() is grpc.StatusCode.INVALID_ARGUMENT
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


@pytest.mark.slow
def test_a_stop_during_the_first_load(place, tmp_path):
    place.load_has_begun.unlink(missing_ok=True)
    with place.start(tmp_path / "server", *LONG, name="stuck") as server:
        wait_until(place.load_has_begun.exists)
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


STARTER = """
import sys, time
from serving.local_server import LocalServer
with LocalServer("m", sys.argv[1]) as server:
    print(server.pid, flush=True)
    time.sleep(900)
"""


@pytest.mark.slow
def test_a_local_server_ends_when_its_starter_is_killed(place):
    command = [sys.executable, "-c", STARTER, str(place.folder / "m")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        pid = int(starter.stdout.readline())
        starter.kill()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"))


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
