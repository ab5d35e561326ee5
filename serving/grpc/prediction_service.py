"""`tensorflow.serving.PredictionService`."""

import time

from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    model_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from serving.grpc.deadline import has_gone, time_left
from serving.grpc.errors import with_record, with_status
from serving.grpc.model_spec import check_present, held_version, hold_version
from serving.grpc.turns import Turns
from serving.inference import (
    classify,
    examples,
    metadata,
    multi_inference,
    predict,
    regress,
)

_ANY_NUMBER = 1 << 30


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict, Classify, Regress, MultiInference and GetModelMetadata.

    Args:
        core: `ServerCore`.
        metrics: `Metrics`.
        stock: bool, do as TF Serving does where this server does better.
        tensor_content: bool, answer as `tensor_content` in the place of the typed
            fields.
        method_name_check: bool, let Predict run only signatures whose method name
            TF Serving knows.
        turns: `Turns`, of requests that run at the same time; or None for any number.
    """

    def __init__(
        self,
        core,
        metrics,
        stock=False,
        tensor_content=False,
        method_name_check=False,
        turns=None,
    ):
        self.core = core
        self.metrics = metrics
        self.stock = stock
        self._tensor_content = tensor_content
        self._method_name_check = method_name_check
        self.turns = turns or Turns(_ANY_NUMBER, stock)

    @with_record("Predict")
    def Predict(self, request, context, record):
        """Runs one signature of one version on the tensors sent."""
        record.model = request.model_spec.name
        with held_version(self.core, request) as (version, servable):
            record.version = version
            key, signature = predict.find_signature(
                servable, request.model_spec.signature_name, self._method_name_check
            )
            record.signature = key
            limit = time_left(context, self.stock)
            most = servable.limits.request_bytes
            arrays = predict.decode_inputs(signature, request.inputs, most)
            outputs = predict.select_outputs(signature, request.output_filter)
            begin = time.perf_counter()
            gone = has_gone(context, self.stock)
            values = predict.run(servable, signature, arrays, outputs, limit, gone)
            record.runtime = time.perf_counter() - begin
        response = predict_pb2.PredictResponse()
        _answer_spec(response.model_spec, record)
        predict.encode_outputs(outputs, values, response.outputs, self._tensor_content)
        self.metrics.verdicts(record, values)
        return response

    @with_record("Classify")
    def Classify(self, request, context, record):
        """Runs a signature that gives classes and scores on Examples."""
        response = classification_pb2.ClassificationResponse()
        self._run_on_examples(classify, request, response, context, record)
        return response

    @with_record("Regress")
    def Regress(self, request, context, record):
        """Runs a signature that gives a number on Examples."""
        response = regression_pb2.RegressionResponse()
        self._run_on_examples(regress, request, response, context, record)
        return response

    @with_record(None)
    def MultiInference(self, request, context, record):
        """Runs several signatures of one version on the same Examples."""
        # Without a task there is no model, which is what the answer says.
        spec = request.tasks[0].model_spec if request.tasks else model_pb2.ModelSpec()
        record.model = spec.name
        with hold_version(self.core, spec) as (version, servable):
            record.version = version
            limit = time_left(context, self.stock)
            gone = has_gone(context, self.stock)
            response = multi_inference.run(servable, version, request, limit, gone)
        count = len(request.input.example_list.examples) or len(
            request.input.example_list_with_context.examples
        )
        self.metrics.examples(record.model, count)
        return response

    @with_status
    def GetModelMetadata(self, request, context):
        """Gives the signatures of one version."""
        check_present(request)
        metadata.check_fields(request.metadata_field)
        with held_version(self.core, request) as (version, servable):
            signatures = metadata.signature_map(servable)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version
        response.metadata[metadata.SIGNATURE_FIELD].Pack(signatures)
        return response

    def _run_on_examples(self, method, request, response, context, record):
        spec = request.model_spec
        record.model = spec.name
        with held_version(self.core, request) as (version, servable):
            record.version = version
            limit = time_left(context, self.stock)
            gone = has_gone(context, self.stock)
            begin = time.perf_counter()
            key, result, count = examples.run(
                method, servable, spec.signature_name, request.input, limit, gone
            )
            record.runtime = time.perf_counter() - begin
        record.signature = key
        self.metrics.examples(record.model, count)
        response.result.CopyFrom(result)
        _answer_spec(response.model_spec, record)


def _answer_spec(spec, record):
    spec.name = record.model
    spec.signature_name = record.signature
    spec.version.value = record.version
