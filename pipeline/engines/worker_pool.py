"""Python workers for an engine that asks for them: `--environment_type=EXTERNAL`.

    python -m pipeline.engines.worker_pool --port 8097 --logs DIRECTORY

Beam's own pool (`apache_beam.runners.worker.worker_pool_main`) listens on all
addresses, starts whichever `python` comes first, never reads what its workers print (a
worker that prints a lot stops for ever), leaves them behind when it is ended, does not
tell them Beam's options, on which remote file systems depend, and takes the workers of
two task managers, which count from one each, for the same ones. A worker here also has
TensorFlow loaded before Beam's threads can do so several times at once.
"""

import argparse
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent import futures

import grpc
from apache_beam.portability.api import (
    beam_fn_api_pb2,
    beam_fn_api_pb2_grpc,
    beam_provision_api_pb2,
    beam_provision_api_pb2_grpc,
    endpoints_pb2,
)
from google.protobuf import json_format, text_format

from pipeline.engines.listens import listens

_COMMAND = [sys.executable, "-m", "pipeline.engines.worker"]
_PATIENCE = 10.0
_GLANCE = 1.0


class WorkerPool(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):
    """Starts and ends worker processes as an engine asks.

    Args:
        logs: path of a folder, there already, for what the workers print.
    """

    def __init__(self, logs):
        self._logs = pathlib.Path(logs)
        self._workers = []
        self._lock = threading.Lock()
        self._closed = False

    def StartWorker(self, request, context):  # noqa: N802
        """Starts a process; the engine's control service hears from it."""
        try:
            worker = self._start(request.worker_id, _environment(request))
        except (OSError, RuntimeError, grpc.RpcError) as error:
            text = f"The worker {request.worker_id} did not start: {error}"
            return beam_fn_api_pb2.StartWorkerResponse(error=text)
        watch = (worker, request.worker_id, request.control_endpoint.url)
        threading.Thread(target=self._watch, args=watch, daemon=True).start()
        return beam_fn_api_pb2.StartWorkerResponse()

    def StopWorker(self, request, context):  # noqa: N802
        """Ends a process that was started, where it is clear which one is meant."""
        with self._lock:
            meant = [w for name, w in self._workers if name == request.worker_id]
        # Of several, each ends when its own control service is gone.
        if len(meant) == 1:
            _end(meant[0])
        return beam_fn_api_pb2.StopWorkerResponse()

    def close(self):
        """Ends all workers, and starts no more."""
        with self._lock:
            self._closed = True
            workers = [worker for _, worker in self._workers]
        for worker in workers:
            worker.terminate()
        for worker in workers:
            _end(worker)

    def _start(self, name, environment):
        path = self._logs / f"worker-{_as_file_name(name)}.log"
        with self._lock, open(path, "ab") as log:
            if self._closed:
                raise RuntimeError("the pool is being closed")
            worker = subprocess.Popen(
                _COMMAND,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            self._workers.append((name, worker))
        return worker

    def _watch(self, worker, name, control):
        """Ends a worker whose engine is gone, which may be deep in a training."""
        while worker.poll() is None:
            time.sleep(_GLANCE)
            if not listens(control):
                _end(worker)
        with self._lock:
            self._workers.remove((name, worker))


def serve(host, port, logs):
    """Serves a pool, until the process is asked to end.

    Args:
        host: str, address to listen on.
        port: int.
        logs: path of a folder for what the workers print, made where it is not there.

    Raises:
        RuntimeError: the port is taken.
    """
    pathlib.Path(logs).mkdir(parents=True, exist_ok=True)
    pool = WorkerPool(logs)
    # Linux would let two servers share a port, and each would get half of the calls.
    options = [("grpc.so_reuseport", 0)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    server.add_insecure_port(f"{host}:{port}")
    # Not an event: setting one in a handler waits for ever if the thread that it
    # interrupts, or the handler of a signal just before, holds the event's lock.
    told = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.put(number))
    server.start()
    print(f"Pool of Python workers at {host}:{port}", flush=True)
    told.get()
    server.stop(grace=None)
    pool.close()


def _environment(request):
    """Returns what a worker's container would be told, as environment variables."""
    info = _provision_info(request)
    control = info.control_endpoint.url or request.control_endpoint.url
    logging = info.logging_endpoint.url or request.logging_endpoint.url
    environment = {
        "WORKER_ID": request.worker_id,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "CONTROL_API_SERVICE_DESCRIPTOR": _descriptor(control),
        "LOGGING_API_SERVICE_DESCRIPTOR": _descriptor(logging),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }
    if info.status_endpoint.url:
        status = _descriptor(info.status_endpoint.url)
        environment["STATUS_API_SERVICE_DESCRIPTOR"] = status
    return environment


def _provision_info(request):
    address = request.provision_endpoint.url
    if not address:
        return beam_provision_api_pb2.ProvisionInfo()
    with grpc.insecure_channel(address) as channel:
        stub = beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
        answer = stub.GetProvisionInfo(
            beam_provision_api_pb2.GetProvisionInfoRequest(),
            metadata=[("worker_id", request.worker_id)],
            timeout=_PATIENCE,
            wait_for_ready=True,
        )
    return answer.info


def _descriptor(url):
    return text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=url))


def _end(worker):
    worker.terminate()
    try:
        worker.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def _as_file_name(text):
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text)


def main(argv=None):
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--logs", required=True, metavar="DIRECTORY")
    arguments = parser.parse_args(argv)
    try:
        serve(arguments.host, arguments.port, arguments.logs)
    except RuntimeError as error:
        sys.exit(
            f"error: --port {arguments.port} of {arguments.host} cannot be listened "
            f"on: {error}. Choose another."
        )


if __name__ == "__main__":
    main()
