"""`tensorflow.serving.PredictionService`."""

from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from serving import metadata, predict
from serving.grpc.errors import with_status
from serving.grpc.model_spec import check_present, held_version
from serving.status import Code, ServingError


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict and GetModelMetadata; the other calls are `UNIMPLEMENTED`.

    Args:
        core: `ServerCore`.
    """

    def __init__(self, core):
        self._core = core

    @with_status
    def Predict(self, request, context):
        """Runs one signature of one version on the tensors sent."""
        with held_version(self._core, request) as (version, servable):
            key, signature = predict.find_signature(
                servable, request.model_spec.signature_name
            )
            arrays = predict.decode_inputs(signature, request.inputs)
            outputs = predict.select_outputs(signature, request.output_filter)
            if not context.is_active():  # nobody waits any more
                raise ServingError(Code.DEADLINE_EXCEEDED, "the deadline has passed")
            values = predict.run(servable, signature, arrays, outputs)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.signature_name = key
        response.model_spec.version.value = version
        predict.encode_outputs(outputs, values, response.outputs)
        return response

    @with_status
    def GetModelMetadata(self, request, context):
        """Gives the signatures of one version."""
        check_present(request)
        metadata.check_fields(request.metadata_field)
        with held_version(self._core, request) as (version, servable):
            signatures = metadata.signature_map(servable)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version
        response.metadata[metadata.SIGNATURE_FIELD].Pack(signatures)
        return response

    @with_status
    def Classify(self, request, context):
        """Refused, after the model has been looked up."""
        self._refuse(request, "Classify")

    @with_status
    def Regress(self, request, context):
        """Refused, after the model has been looked up."""
        self._refuse(request, "Regress")

    def _refuse(self, request, name):
        with held_version(self._core, request):
            message = f"{name} is not offered by this server; use Predict"
            raise ServingError(Code.UNIMPLEMENTED, message)
