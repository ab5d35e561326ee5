"""The real server as a process, and plain ways to speak to it."""

import http.client
import json
import os
import signal
import subprocess
import sys

import grpc
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests import child_process
from tests.waiting import PATIENCE, wait_until

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_LIMITS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


class ServerProcess:
    """`python -m serving.main` on free ports; starts without waiting."""

    def __init__(self, name, base_path, folder, *flags):
        self.name = name
        self._folder = folder
        self._ports_file = os.path.join(folder, "ports.json")
        command = [
            *(sys.executable, "-m", "serving.main"),
            *(f"--model_name={name}", "--model_base_path", str(base_path)),
            *("--port=-1", "--rest_api_port=-1", "--port_file", self._ports_file),
            *flags,
        ]
        with (
            open(os.path.join(folder, "out"), "wb") as out,
            open(os.path.join(folder, "log"), "wb") as log,
        ):
            self.process = child_process.start(
                command, stdout=out, stderr=log, cwd=_ROOT, stdin=subprocess.DEVNULL
            )
        self._channel = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Kills what a test has left."""
        self.process.kill()
        self.process.wait()

    def wait(self):
        """Waits until the ports answer."""

        def check():
            assert self.process.poll() is None, self.log()

        try:
            wait_until(lambda: os.path.exists(self._ports_file), check=check)
        except BaseException:
            self.process.kill()
            raise
        with open(self._ports_file, encoding="utf-8") as file:
            ports = json.load(file)
        self.target = f"127.0.0.1:{ports['grpc']}"
        self.rest_port = ports["rest"]
        self._channel = grpc.insecure_channel(self.target, _LIMITS)
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self.model = model_service_pb2_grpc.ModelServiceStub(self._channel)
        return self

    def log(self):
        with open(os.path.join(self._folder, "log"), encoding="utf-8") as file:
            return file.read()

    def out(self):
        with open(os.path.join(self._folder, "out"), encoding="utf-8") as file:
            return file.read()

    def terminate(self):
        """Sends SIGTERM."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends the process by SIGTERM and returns its exit status."""
        if self._channel is not None:
            self._channel.close()
        return child_process.stop(self.process)

    def predict(self, inputs, signature="", outputs=(), version=None, timeout=PATIENCE):
        """Predict over gRPC; arrays become tensors as the stock client makes them."""
        request = self.request(inputs, signature, outputs, version)
        return self.prediction.Predict(request, timeout=timeout)

    def request(self, inputs, signature="", outputs=(), version=None):
        request = predict_pb2.PredictRequest(output_filter=outputs)
        request.model_spec.name = self.name
        request.model_spec.signature_name = signature
        if version is not None:
            request.model_spec.version.value = version
        for alias, value in inputs.items():
            request.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
        return request

    def status(self, version=None, name=None):
        """list of (version, state, code), newest first."""
        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self.name if name is None else name
        if version is not None:
            request.model_spec.version.value = version
        response = self.model.GetModelStatus(request, timeout=PATIENCE)
        return [
            (entry.version, entry.state, entry.status.error_code)
            for entry in response.model_version_status
        ]

    def metadata(self, *fields, name=None):
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
        request.model_spec.name = self.name if name is None else name
        return self.prediction.GetModelMetadata(request, timeout=PATIENCE)

    def rest(self, verb, path, body=None, headers=None):
        """One HTTP request as it is written here; returns status, headers, bytes."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.rest_port, timeout=PATIENCE
        )
        try:
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(verb, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def rest_predict(self, body, path=None):
        """`:predict` over REST; returns status and the parsed body."""
        path = path or f"/v1/models/{self.name}:predict"
        status, _, content = self.rest("POST", path, body)
        return status, json.loads(content)


def children(server):
    """list of int, the processes that a server has started."""
    found = subprocess.run(
        ["ps", "--ppid", str(server.process.pid), "-o", "pid="],
        capture_output=True,
        text=True,
    )
    return [int(pid) for pid in found.stdout.split()]
