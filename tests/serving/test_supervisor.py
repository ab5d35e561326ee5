"""Workers: small scripts in the place of servers, and once the real ones."""

import os
import signal
import socket
import sys
import threading
import types

import grpc
import pytest
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
)

from serving.supervisor import Supervisor
from tests.serving.server_process import ServerProcess, children
from tests.waiting import PATIENCE, wait_until

AVAILABLE = 30

# Writes its port file as a server does, and waits for the end.
SCRIPT = """
import json, os, pathlib, signal, sys
path = pathlib.Path(sys.argv[1])
pathlib.Path(f"{path}.{os.getpid()}.pid").write_text(os.environ["PROMETHEUS_MULTIPROC_DIR"])
path.write_text(json.dumps({"grpc": 1}))
signal.sigwait([signal.SIGTERM])
"""


class Scripts(Supervisor):
    script = SCRIPT
    folder = None

    def _command(self, ports, folder, index):
        self.folder = folder
        return [sys.executable, "-c", self.script, str(folder / f"{index}.json")]


def flags(**values):
    defaults = {"host": "127.0.0.1", "port": -1, "rest_api_port": 0, "workers": 2}
    return types.SimpleNamespace(
        **{**defaults, "drain_seconds": PATIENCE, "end_seconds": 0, **values}
    )


class Running:
    """A supervisor in a thread of its own."""

    def __init__(self, supervisor_class=Scripts, **values):
        self.stop = threading.Event()
        self.ports = None
        self.status = None
        self.supervisor = supervisor_class(flags(**values), [], self.stop)
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        self.status = self.supervisor.run(lambda ports: setattr(self, "ports", ports))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def pids(self):
        return [int(p.suffixes[-2][1:]) for p in self.supervisor.folder.glob("*.pid")]


def test_workers_share_ports_and_end_together():
    with Running() as running:
        ports = wait_until(lambda: running.ports)
        assert list(ports) == ["grpc"]
        pids = running.pids()
        assert len(pids) == 2
        with (
            socket.socket() as other,
            pytest.raises(OSError),
        ):
            other.bind(("127.0.0.1", ports["grpc"]))
    assert running.status == 0
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)
    assert not running.supervisor.folder.exists()


def test_a_dead_worker_is_started_again():
    with Running() as running:
        wait_until(lambda: running.ports)
        first = running.pids()
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(running.pids()) == 3)
    assert running.status == 0


class Failing(Scripts):
    script = "import sys; sys.exit(3)"


def test_workers_that_cannot_start(caplog):
    with Running(Failing) as running:
        wait_until(lambda: running.status is not None)
    assert running.status == 1
    assert running.ports is None
    assert "ended with status 3" in caplog.text


def test_a_taken_port_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        supervisor = Scripts(flags(port=port), [], threading.Event())
        with pytest.raises(OSError):
            supervisor.run(lambda ports: None)


def states_of(server, name, connections=12):
    """set of the states over connections that the system spreads over the workers."""
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = name
    found = set()
    for _ in range(connections):
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(server.target, options) as channel:
            models = model_service_pb2_grpc.ModelServiceStub(channel)
            try:
                answer = models.GetModelStatus(request, timeout=PATIENCE)
            except grpc.RpcError as error:
                found.add(error.code())
            else:
                found.update(entry.state for entry in answer.model_version_status)
    return found


@pytest.mark.slow
def test_a_reload_reaches_all_workers_and_outlives_them(models, tmp_path):
    path = models / "half_plus_two"
    server = ServerProcess("m", path, str(tmp_path), "--workers=2").wait()
    try:
        request = model_management_pb2.ReloadConfigRequest()
        for name in ("m", "new"):
            request.config.model_config_list.config.add(
                name=name, base_path=str(path), model_platform="tensorflow"
            )
        server.model.HandleReloadConfigRequest(request, timeout=PATIENCE)
        assert AVAILABLE in states_of(server, "new")
        wait_until(lambda: states_of(server, "new") == {AVAILABLE})
        first = children(server)
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(set(children(server)) - set(first)) == 1)
        loaded = "model new: version 123 loaded"
        wait_until(lambda: server.log().count(loaded) == 3)
        assert states_of(server, "new") == states_of(server, "m") == {AVAILABLE}
    finally:
        assert server.stop() == 0


@pytest.mark.slow
def test_real_workers(models, tmp_path):
    server = ServerProcess(
        "m", models / "half_plus_two", str(tmp_path), "--workers=2"
    ).wait()
    assert len(children(server)) == 2
    for _ in range(8):
        assert server.rest_predict({"instances": [2.0]}) == (
            200,
            {"predictions": [3.0]},
        )
    _, _, metrics = server.rest("GET", "/metrics")
    counted = [
        line
        for line in metrics.decode().splitlines()
        if line.startswith(":tensorflow:serving:request_count{") and '"m"' in line
    ]
    # Eight requests over both, one line: whichever process is asked, it sums them.
    assert [line.rsplit(" ", 1)[1] for line in counted] == ["8.0"]
    assert server.stop() == 0
