"""One model on one server: its calls, and what the server tells of it."""

import grpc

from serving.client import errors, messages
from serving.client.retry import GaveUpError, Retry

_CHANNEL_OPTIONS = [
    # gRPC's own limit of 4 MiB is less than one large picture.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
]


class Connection:
    """Calls of TF Serving's protocol for one model. Usable from several threads.

    Args:
        target: str, `HOST:PORT` of the gRPC port.
        model: str, the model's name on the server.
        version: int, or None.
        label: str, in the place of a version, or None.
        timeout: float, seconds for a call, further tries included.
        retries: int, tries after the first.
        tls: `Tls`, or None for a connection in the clear.
    """

    def __init__(self, target, model, version, label, timeout, retries, tls):
        if version is not None and label is not None:
            raise ValueError(
                "a request names a version or a label; received version "
                f"{version} and label {label!r}"
            )
        self.target = target
        self.model = model
        self._version = version
        self._label = label
        self._retry = Retry(retries, timeout)
        if tls is None:
            self._channel = grpc.insecure_channel(target, _CHANNEL_OPTIONS)
        else:
            credentials = tls.credentials()
            self._channel = grpc.secure_channel(target, credentials, _CHANNEL_OPTIONS)
        self._predict = self._method(messages.PREDICT, messages.PredictResponse)
        self._get_metadata = self._method(
            messages.GET_MODEL_METADATA, messages.MetadataResponse
        )
        self._get_status = self._method(
            messages.GET_MODEL_STATUS, messages.StatusResponse
        )

    def close(self):
        """Closes the connection."""
        self._channel.close()

    def predict(self, signature_name, fill):
        """Runs a signature.

        Args:
            signature_name: str.
            fill: function of the request, which writes its inputs.

        Returns:
            `PredictResponse`.

        Raises:
            ScoringError: the server did not answer, or refused.
        """
        request = messages.PredictRequest()
        self._name_model(request.model_spec)
        request.model_spec.signature_name = signature_name
        fill(request)
        return self._call(self._predict, request)

    def metadata(self):
        """Asks what the model takes and gives.

        Returns:
            dict: `version`, and `signatures`: by name, `inputs` and `outputs`,
            each by alias a dict of `dtype` and `shape` (None for any size).

        Raises:
            ScoringError: the server did not answer, or refused.
        """
        request = messages.MetadataRequest(metadata_field=["signature_def"])
        self._name_model(request.model_spec)
        response = self._call(self._get_metadata, request)
        packed = response.metadata["signature_def"].value
        signatures = messages.SignatureDefMap.FromString(packed).signature_def
        return {
            "version": response.model_spec.version.value,
            "signatures": {
                name: {
                    "inputs": _describe(signature.inputs),
                    "outputs": _describe(signature.outputs),
                }
                for name, signature in signatures.items()
            },
        }

    def status(self):
        """Asks for the states of the model's versions.

        Returns:
            list of dict, newest first: `version`, `state` (`AVAILABLE`, ...),
            and `error`, empty while all is well.

        Raises:
            ScoringError: the server did not answer, or knows no such model.
        """
        request = messages.StatusRequest()
        self._name_model(request.model_spec)
        response = self._call(self._get_status, request, explain=False)
        return _states(response)

    def _call(self, method, request, explain=True):
        try:
            return self._retry.call(method, request)
        except GaveUpError as gave_up:
            found = errors.unreachable(
                gave_up.__cause__,
                self.target,
                self.model,
                gave_up.attempts,
                gave_up.seconds,
            )
            raise found from gave_up.__cause__
        except grpc.RpcError as error:
            found = errors.ScoringError(error.code(), error.details())
            if explain and error.code() is grpc.StatusCode.NOT_FOUND:
                versions = self._available_versions()
                found = errors.unknown_model(found, self.model, versions)
            raise found from error

    def _available_versions(self):
        """list of int; empty if the server does not tell."""
        request = messages.StatusRequest()
        request.model_spec.name = self.model
        try:
            states = _states(self._get_status(request, timeout=5.0))
        except grpc.RpcError:
            return []
        return [row["version"] for row in states if row["state"] == "AVAILABLE"]

    def _name_model(self, spec):
        spec.name = self.model
        if self._version is not None:
            spec.version.value = self._version
        elif self._label is not None:
            spec.version_label = self._label

    def _method(self, path, response_class):
        return self._channel.unary_unary(
            path,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response_class.FromString,
        )


def _states(response):
    return [
        {
            "version": entry.version,
            "state": messages.STATES.get(entry.state, str(entry.state)),
            "error": entry.status.error_message,
        }
        for entry in response.model_version_status
    ]


def _describe(infos):
    return {
        alias: {
            "dtype": messages.DTYPES.get(info.dtype, str(info.dtype)),
            "shape": None
            if info.tensor_shape.unknown_rank
            else [d.size if d.size >= 0 else None for d in info.tensor_shape.dim],
        }
        for alias, info in infos.items()
    }
