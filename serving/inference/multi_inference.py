"""MultiInference: several signatures of one version on the same Examples, one run."""

from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import inference_pb2

from serving.inference import classify, examples, predict, regress
from serving.status import Code, ServingError

_METHODS = {classify.METHOD: classify, regress.METHOD: regress}
_FIELDS = {
    classify.METHOD: "classification_result",
    regress.METHOD: "regression_result",
}


def run(servable, version, request, timeout=None, has_gone=None):
    """Answers a request.

    Args:
        servable: the version that answers.
        version: int.
        request: `MultiInferenceRequest`.
        timeout: float, seconds, or None.
        has_gone: function, true once nobody waits any more; or None.

    Returns:
        `MultiInferenceResponse`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for tasks of several models or on the same
            signature, or on signatures that were not made for them;
            `UNIMPLEMENTED` for another method; or as `predict.run`.
    """
    _check_models(request.tasks)
    found = {}
    for task in request.tasks:
        key, signature = examples.find_signature(
            servable, task.model_spec.signature_name
        )
        if key in found:
            message = f"Duplicate evaluation of signature: {key}"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        method = _METHODS.get(task.method_name)
        if method is None:
            message = (
                f"Unsupported signature method_name: {task.method_name}; expected one "
                f"of {', '.join(_METHODS)}"
            )
            raise ServingError(Code.UNIMPLEMENTED, message)
        found[key] = task, signature, method.outputs(key, signature)
    vector = examples.serialize(request.input)
    outputs = {
        (key, alias): info
        for key, (_, _, infos) in found.items()
        for alias, info in infos.items()
    }
    # Each task may have an input tensor of its own; all are fed the same.
    together = meta_graph_pb2.SignatureDef()
    for key, (_, signature, _) in found.items():
        together.inputs[key].CopyFrom(signature.inputs[examples.INPUT])
    arrays = dict.fromkeys(found, vector)
    values = predict.run(servable, together, arrays, outputs, timeout, has_gone)
    response = inference_pb2.MultiInferenceResponse()
    for key, (task, _, infos) in found.items():
        own = {alias: values[key, alias] for alias in infos}
        result = response.results.add()
        result.model_spec.name = task.model_spec.name
        result.model_spec.signature_name = key
        result.model_spec.version.value = version
        made = _METHODS[task.method_name].result(own, len(vector))
        getattr(result, _FIELDS[task.method_name]).CopyFrom(made)
    return response


def _check_models(tasks):
    names = {task.model_spec.name for task in tasks}
    if "" in names:
        message = "Found ModelSpec with an empty model name."
        raise ServingError(Code.INVALID_ARGUMENT, message)
    if len(names) > 1:
        message = (
            "All ModelSpecs in a MultiInferenceRequest must access the same model "
            f"name; received {', '.join(sorted(names))}"
        )
        raise ServingError(Code.INVALID_ARGUMENT, message)
