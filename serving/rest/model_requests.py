"""The requests under `/v1/models`: what they ask of the core, and the answers."""

import time

from serving.inference import classify, examples, metadata, predict, regress
from serving.rest import (
    answers,
    binary_body,
    json_document,
    json_examples,
    json_request,
    json_response,
)
from serving.status import Code, ServingError

_VERSION_HEADER = "x-model-version"


class ModelRequests:
    """Answers parsed requests, on whatever thread it is called.

    Args:
        core: `ServerCore`.
        metrics: `Metrics`.
        stock: bool, do as TF Serving does where this server does better.
        json_depth: int, as of `json_document.parse`.
        method_name_check: bool, let predict run only signatures whose method name
            TF Serving knows.
    """

    def __init__(
        self,
        core,
        metrics,
        stock=False,
        json_depth=json_document.DEPTH,
        method_name_check=False,
    ):
        self._core = core
        self._metrics = metrics
        self._stock = stock
        self._json_depth = json_depth
        self._method_name_check = method_name_check

    def answer(self, target, body, headers, deadline, record, has_gone=None):
        """Answers a request.

        Args:
            target: `Target`.
            body: bytes.
            headers: mapping of str to str.
            deadline: float, of the monotonic clock.
            record: `RequestRecord`, filled in.
            has_gone: function, true once nobody waits any more; or None.

        Returns:
            `starlette.responses.Response`.

        Raises:
            ServingError: as the core does, or for a faulty body.
        """
        if target.action == "status":
            states = self._core.version_states(target.name, target.version)
            response = metadata.status_response(states, show_paths=self._stock)
            return answers.document(answers.message(response))
        if target.action == "metadata":
            return self._metadata(target)
        if target.action == "predict":
            response = self._predict(target, body, headers, deadline, record, has_gone)
        else:
            response = self._run_on_examples(target, body, deadline, record, has_gone)
        if not self._stock:
            response.headers[_VERSION_HEADER] = str(record.version)
        return response

    def _metadata(self, target):
        with self._held(target) as (version, servable):
            signatures = answers.message(metadata.signature_map(servable))
        spec = {"name": target.name, "signature_name": "", "version": str(version)}
        fields = {metadata.SIGNATURE_FIELD: signatures}
        return answers.document({"model_spec": spec, "metadata": fields})

    def _predict(self, target, body, headers, deadline, record, has_gone):
        kind = headers.get("content-type", "")
        is_binary = not self._stock and binary_body.is_binary(kind, body)
        parsed = None if is_binary else json_request.parse(body, self._json_depth)
        with self._held(target) as (version, servable):
            record.version = version
            if is_binary:
                asked = headers.get(binary_body.SIGNATURE_HEADER, "")
                key, signature = binary_body.find_signature(servable.signatures, asked)
                arrays = binary_body.to_arrays(body, signature)
            else:
                key, signature = self._signature(servable, parsed.signature_name)
                arrays = json_request.to_arrays(parsed, signature, servable.signatures)
            record.signature = key
            outputs = predict.select_outputs(signature, ())
            limit = _time_left(deadline)
            begin = time.perf_counter()
            values = predict.run(servable, signature, arrays, outputs, limit, has_gone)
            record.runtime = time.perf_counter() - begin
        self._metrics.verdicts(record, values)
        row = is_binary or parsed.row
        return answers.content(json_response.write(outputs, values, row))

    def _signature(self, servable, name):
        """As over gRPC, with REST's own code."""
        try:
            return predict.find_signature(servable, name, self._method_name_check)
        except ServingError as error:
            if error.code is not Code.FAILED_PRECONDITION:
                raise
            key = name or predict.DEFAULT_SIGNATURE
            known = ", ".join(sorted(servable.signatures))
            message = (
                f'Serving signature name: "{key}" not found in signature def. '
                f"Signatures are: {known}"
            )
            raise ServingError(Code.INVALID_ARGUMENT, message) from None

    def _run_on_examples(self, target, body, deadline, record, has_gone):
        name, message = json_examples.parse(body, self._json_depth)
        is_regress = target.action == "regress"
        method = regress if is_regress else classify
        with self._held(target) as (version, servable):
            record.version = version
            limit = _time_left(deadline)
            begin = time.perf_counter()
            key, result, count = examples.run(
                method, servable, name, message, limit, has_gone
            )
            record.runtime = time.perf_counter() - begin
        record.signature = key
        self._metrics.examples(record.model, count)
        write = json_examples.write_classes
        if is_regress:
            write = json_examples.write_regressions
        return answers.content(write(result))

    def _held(self, target):
        return self._core.handle(target.name, target.version, target.label)


def _time_left(deadline):
    left = deadline - time.monotonic()
    if left <= 0:
        message = "the time was over before the request could run"
        raise ServingError(Code.DEADLINE_EXCEEDED, message)
    return left
