"""A served model, asked in the stock protocol of TF Serving over gRPC."""

import grpc
import numpy as np

from pipeline.pipeline_error import PipelineError

_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),
]
_SECONDS = 60


class ModelClient:
    """Requests to one model, while in `with`.

    Args:
        target: str, `host:port`.
        name: str, the model.
    """

    def __init__(self, target, name):
        from tensorflow_serving.apis import (
            model_service_pb2_grpc,
            prediction_service_pb2_grpc,
        )

        self._name = name
        self._channel = grpc.insecure_channel(target, _OPTIONS)
        self._prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self._channel
        )
        self._model = model_service_pb2_grpc.ModelServiceStub(self._channel)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._channel.close()

    def is_available(self):
        """Asks whether a version of the model is served.

        Returns:
            bool.

        Raises:
            PipelineError: the server could not load it.
        """
        from tensorflow_serving.apis import get_model_status_pb2

        request = get_model_status_pb2.GetModelStatusRequest()
        request.model_spec.name = self._name
        try:
            response = self._model.GetModelStatus(request, timeout=_SECONDS)
        except grpc.RpcError:
            return False
        states = get_model_status_pb2.ModelVersionStatus
        for version in response.model_version_status:
            if version.state == states.END:
                raise PipelineError(
                    "The server cannot load the export: "
                    f"{version.status.error_message or 'no reason given'}"
                )
        return any(
            version.state == states.AVAILABLE
            for version in response.model_version_status
        )

    def signatures(self):
        """Returns sorted list of str, the names of the model's signatures."""
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=["signature_def"]
        )
        request.model_spec.name = self._name
        response = self._prediction.GetModelMetadata(request, timeout=_SECONDS)
        found = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(found)
        return sorted(found.signature_def)

    def replay(self, content):
        """Sends a recorded request.

        Args:
            content: bytes of a `PredictionLog`, as in a file of warm-up requests.
        """
        from tensorflow_serving.apis import prediction_log_pb2

        log = prediction_log_pb2.PredictionLog.FromString(content)
        request = log.predict_log.request
        request.model_spec.name = self._name
        self._prediction.Predict(request, timeout=_SECONDS)

    def score(self, pictures):
        """Scores picture files.

        Args:
            pictures: list of bytes.

        Returns:
            Dictionary from the names of outputs to arrays.

        Raises:
            grpc.RpcError: the server refuses.
        """
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        request.model_spec.name = self._name
        request.model_spec.signature_name = "serving_bytes"
        tensor = tf.make_tensor_proto(pictures, tf.string, [len(pictures)])
        request.inputs["image_bytes"].CopyFrom(tensor)
        response = self._prediction.Predict(request, timeout=_SECONDS)
        return {
            name: np.asarray(tf.make_ndarray(value))
            for name, value in response.outputs.items()
        }
