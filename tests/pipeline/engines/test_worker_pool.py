import contextlib
import json
import os
import socket
import sys
from concurrent import futures

import grpc
import pytest
from apache_beam.portability.api import (
    beam_fn_api_pb2,
    beam_provision_api_pb2,
    beam_provision_api_pb2_grpc,
)
from google.protobuf import struct_pb2

from pipeline.engines import worker_pool
from tests.waiting import wait_until

PRINTED = 300_000  # A pipe holds 64 kB.
WORKER = f"""
import json, os, sys, time
names = "WORKER_ID", "PIPELINE_OPTIONS", "CONTROL_API_SERVICE_DESCRIPTOR"
print(json.dumps({{name: os.environ[name] for name in names}}))
print("x" * {PRINTED}, flush=True)
time.sleep(60)
"""


@pytest.fixture
def pool(tmp_path, monkeypatch):
    monkeypatch.setattr(worker_pool, "_COMMAND", [sys.executable, "-c", WORKER])
    monkeypatch.setattr(worker_pool, "_GLANCE", 0.05)
    with contextlib.closing(worker_pool.WorkerPool(tmp_path)) as pool:
        yield pool


@pytest.fixture
def control():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def start_request(control, name="1-1", **options):
    request = beam_fn_api_pb2.StartWorkerRequest(worker_id=name, **options)
    host, port = control.getsockname()
    request.control_endpoint.url = f"{host}:{port}"
    return request


def stop(pool, name="1-1"):
    pool.StopWorker(beam_fn_api_pb2.StopWorkerRequest(worker_id=name), None)


def running(pool):
    return [worker.pid for _, worker in pool._workers if worker.poll() is None]


def test_worker_may_print_more_than_a_pipe_holds(pool, control, tmp_path):
    assert not pool.StartWorker(start_request(control), None).error
    log = tmp_path / "worker-1-1.log"
    wait_until(lambda: log.exists() and log.stat().st_size > PRINTED)


def test_worker_is_stopped(pool, control):
    pool.StartWorker(start_request(control), None)
    (pid,) = running(pool)
    stop(pool)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_worker_ends_when_its_engine_is_gone(pool, control):
    pool.StartWorker(start_request(control), None)
    assert running(pool)
    control.close()
    wait_until(lambda: not pool._workers)


def test_two_engines_may_give_their_workers_the_same_name(pool, control):
    with socket.create_server(("127.0.0.1", 0)) as other:
        pool.StartWorker(start_request(control), None)
        (first,) = running(pool)
        pool.StartWorker(start_request(other), None)
        stop(pool)
        assert len(running(pool)) == 2
    wait_until(lambda: running(pool) == [first])


def test_closed_pool_ends_its_workers_and_starts_no_more(pool, control):
    pool.StartWorker(start_request(control), None)
    pool.close()
    assert not running(pool)
    error = pool.StartWorker(start_request(control, "2-1"), None).error
    assert "The worker 2-1 did not start: the pool is being closed" in error


def test_worker_that_cannot_be_started_is_an_error_for_the_engine(
    pool, control, monkeypatch
):
    monkeypatch.setattr(worker_pool, "_COMMAND", ["/no/such/program"])
    error = pool.StartWorker(start_request(control), None).error
    assert "The worker 1-1 did not start" in error
    assert "/no/such/program" in error


class Provision(beam_provision_api_pb2_grpc.ProvisionServiceServicer):
    def GetProvisionInfo(self, request, context):  # noqa: N802
        assert ("worker_id", "1-1") in [tuple(x) for x in context.invocation_metadata()]
        info = beam_provision_api_pb2.ProvisionInfo()
        options = {"beam:option:s3_endpoint_url:v1": "http://127.0.0.1:9"}
        info.pipeline_options.CopyFrom(struct_pb2.Struct())
        info.pipeline_options.update(options)
        info.control_endpoint.url = "127.0.0.1:7"
        return beam_provision_api_pb2.GetProvisionInfoResponse(info=info)


def test_worker_is_told_what_the_engine_provides(pool, control, tmp_path):
    server = grpc.server(futures.ThreadPoolExecutor(1))
    beam_provision_api_pb2_grpc.add_ProvisionServiceServicer_to_server(
        Provision(), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    request = start_request(control)
    request.provision_endpoint.url = f"127.0.0.1:{port}"
    assert not pool.StartWorker(request, None).error
    server.stop(None)
    log = tmp_path / "worker-1-1.log"
    wait_until(lambda: "\n" in log.read_text())
    told = json.loads(log.read_text().splitlines()[0])
    options = json.loads(told["PIPELINE_OPTIONS"])
    assert options == {"beam:option:s3_endpoint_url:v1": "http://127.0.0.1:9"}
    assert told["CONTROL_API_SERVICE_DESCRIPTOR"] == 'url: "127.0.0.1:7"\n'


def test_taken_port_is_named(control, tmp_path):
    port = control.getsockname()[1]
    with pytest.raises(SystemExit, match=f"--port {port} of 127.0.0.1 .* Choose"):
        worker_pool.main(["--port", str(port), "--logs", str(tmp_path)])
