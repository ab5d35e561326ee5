"""A server under the suite: one that is started here, or one that runs already."""

import contextlib
import http.client
import json
import os
import random
import shlex
import socket
import subprocess
import sys
import urllib.parse

import grpc
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from tests import child_process
from tests.waiting import PATIENCE, wait_until

OWN_COMMAND = f"{sys.executable} -m serving.main --stock_behavior --host=127.0.0.1"
_LIMITS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]


def free_port():
    """int, a port that is free now, and below those that connections are given."""
    while True:
        port = random.randrange(15_000, 30_000)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue


class Address:
    """Plain ways to speak to a server, whoever started it.

    Args:
        target: str, `HOST:PORT` for gRPC.
        rest: str, `HOST:PORT` for REST.
        credentials: `grpc.ChannelCredentials`, or None for a plain channel.
    """

    def __init__(self, target, rest, credentials=None):
        self.target, self.rest_address = target, rest
        if credentials is None:
            self.channel = grpc.insecure_channel(target, _LIMITS)
        else:
            self.channel = grpc.secure_channel(target, credentials, _LIMITS)
        prediction = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.prediction = prediction
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)

    def close(self):
        self.channel.close()

    def predict(self, model, inputs, timeout=PATIENCE, **choice):
        """Predict; `choice` as of `fill`, and `outputs`, the filter."""
        outputs = choice.pop("outputs", ())
        request = predict_pb2.PredictRequest(output_filter=outputs)
        fill(request.model_spec, model, **choice)
        for alias, value in inputs.items():
            request.inputs[alias].CopyFrom(as_tensor(value))
        return self.prediction.Predict(request, timeout=timeout)

    def classify(self, model, *examples, signature="classify_x_to_y"):
        request = classification_pb2.ClassificationRequest()
        fill(request.model_spec, model, signature=signature)
        fill_examples(request.input, examples)
        return self.prediction.Classify(request, timeout=PATIENCE)

    def regress(self, model, *examples, signature="regress_x_to_y"):
        request = regression_pb2.RegressionRequest()
        fill(request.model_spec, model, signature=signature)
        fill_examples(request.input, examples)
        return self.prediction.Regress(request, timeout=PATIENCE)

    def multi_inference(self, examples, *tasks):
        """Tasks are (model, signature, method)."""
        request = inference_pb2.MultiInferenceRequest()
        fill_examples(request.input, examples)
        for model, signature, method in tasks:
            task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
            fill(task.model_spec, model, signature=signature)
        return self.prediction.MultiInference(request, timeout=PATIENCE)

    def metadata(self, model, *fields, **choice):
        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
        fill(request.model_spec, model, **choice)
        return self.prediction.GetModelMetadata(request, timeout=PATIENCE)

    def status(self, model, **choice):
        """list of (version, state, code), as it comes."""
        request = get_model_status_pb2.GetModelStatusRequest()
        fill(request.model_spec, model, **choice)
        response = self.models.GetModelStatus(request, timeout=PATIENCE)
        return [
            (entry.version, entry.state, entry.status.error_code)
            for entry in response.model_version_status
        ]

    def reload(self, config, timeout=PATIENCE):
        """HandleReloadConfigRequest with a `ModelServerConfig`."""
        request = model_management_pb2.ReloadConfigRequest(config=config)
        return self.models.HandleReloadConfigRequest(request, timeout=timeout)

    def rest(self, verb, path, body=None, headers=None):
        """One HTTP request as it is written here; returns status, headers, bytes."""
        host, port = self.rest_address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        with contextlib.closing(connection):
            connection.request(verb, path, body, headers or {})
            response = connection.getresponse()
            headers = {k.lower(): v for k, v in response.getheaders()}
            return response.status, headers, response.read()

    def rest_json(self, verb, path, body=None, headers=None):
        """Status and the parsed body."""
        status, _, content = self.rest(verb, path, body, headers)
        return status, json.loads(content)

    def rest_predict(self, model, body, suffix=":predict"):
        name = urllib.parse.quote(model, safe="")
        return self.rest_json("POST", f"/v1/models/{name}{suffix}", body)


class Server(Address):
    """A server that the suite starts: any executable that takes TF Serving's flags.

    Args:
        command: str, the executable, and words that go before the flags.
        folder: path for its output.
        flags: list of str.
        credentials: as of `Address`.
        port: int, or None for a free one.
    """

    def __init__(self, command, folder, *flags, credentials=None):
        grpc_port, rest_port = free_port(), free_port()
        words = [
            *shlex.split(command),
            f"--port={grpc_port}",
            f"--rest_api_port={rest_port}",
            *flags,
        ]
        self._output = os.path.join(folder, f"output-{grpc_port}")
        with open(self._output, "wb") as output:
            self.process = child_process.start(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        super().__init__(
            f"localhost:{grpc_port}", f"localhost:{rest_port}", credentials
        )

    def output(self):
        with open(self._output, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self):
        """Waits until it answers, as TF Serving's own tests do."""

        def answers():
            try:
                self.predict("nowhere", {}, timeout=10)
            except grpc.RpcError as error:
                return "Servable" in error.details()
            return True

        def check():
            assert self.process.poll() is None, self.output()

        try:
            wait_until(answers, check=check)
        except BaseException:
            self.process.kill()
            raise
        return self

    def stop(self):
        self.close()
        child_process.stop(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def fill(spec, model, signature="", version=None, label=None):
    """Names a model; None for the model leaves the spec out."""
    if model is None:
        return
    spec.name = model
    spec.SetInParent()
    spec.signature_name = signature
    if version is not None:
        spec.version.value = version
    if label is not None:
        spec.version_label = label


def as_tensor(value):
    if isinstance(value, tensor_pb2.TensorProto):
        return value
    return tf.make_tensor_proto(value)


def fill_examples(target, examples):
    """Examples are numbers, each the feature `x`."""
    for value in examples:
        example = target.example_list.examples.add()
        example.features.feature["x"].float_list.value.append(value)


@contextlib.contextmanager
def refused(code, *gists):
    """Expects a gRPC call to fail with a code, and words in its text."""
    try:
        yield
    except grpc.RpcError as error:
        assert error.code() is getattr(grpc.StatusCode, code), error
        for gist in gists:
            assert gist in error.details(), error.details()
    else:
        raise AssertionError(f"expected {code}, but it was answered")
