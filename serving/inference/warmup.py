"""Plays a version's warm-up records before it goes into service."""

import logging
import os
import time

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from serving.inference import classify, examples, multi_inference, predict, regress
from serving.inference.quiet import quiet
from serving.status import Code, ServingError

RECORDS_PATH = os.path.join("assets.extra", "tf_serving_warmup_requests")
_MOST_RECORDS = 1000
_LONG = 3600.0
_OF_EXAMPLES = {"classify_log": classify, "regress_log": regress}

_log = logging.getLogger(__name__)


def play(servable, path, iterations=1):
    """Sends the requests that lie beside a model through it.

    The first run of a graph is many times slower than the next: with these, no
    client meets it. They also find a version that loads but does not run.

    Args:
        servable: what was loaded.
        path: str, the version's folder.
        iterations: int, how often each request is run.

    Returns:
        int, the requests played; 0 where the version brings none.

    Raises:
        ServingError: `DATA_LOSS` if the file is no TFRecord, `INVALID_ARGUMENT`
            for a record that cannot be parsed or too many, `UNIMPLEMENTED` for a
            kind that is not played, or whatever a failing request raises.
    """
    file = os.path.join(path, RECORDS_PATH)
    if not os.path.exists(file):
        _log.info("no warm-up records in %s: the first requests will be slow", path)
        return 0
    begin = time.monotonic()
    played = 0
    for record in _records(file):
        if not record:
            continue
        run = _request(servable, record)
        for _ in range(iterations):
            run()
        played += 1
        if played > _MOST_RECORDS:
            message = f"more than {_MOST_RECORDS} warm-up records in {RECORDS_PATH}"
            raise ServingError(Code.INVALID_ARGUMENT, message)
    seconds = time.monotonic() - begin
    _log.info("%d warm-up records played (%.1f s)", played, seconds)
    return played


def _records(file):
    with quiet():
        records = tf.compat.v1.io.tf_record_iterator(file)
    try:
        yield from records
    except tf.errors.DataLossError as error:
        message = f"{RECORDS_PATH} is no whole TFRecord file: {error.message}"
        raise ServingError(Code.DATA_LOSS, message) from None


def _request(servable, record):
    """Function of nothing that runs a record's request."""
    try:
        log = prediction_log_pb2.PredictionLog.FromString(record)
    except DecodeError:
        message = f"a record of {RECORDS_PATH} is no PredictionLog"
        raise ServingError(Code.INVALID_ARGUMENT, message) from None
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        return lambda: _predict(servable, log.predict_log.request)
    if kind == "multi_inference_log":
        request = log.multi_inference_log.request
        return lambda: multi_inference.run(servable, 0, request)
    if kind in _OF_EXAMPLES:
        request = getattr(log, kind).request
        key = request.model_spec.signature_name
        method = _OF_EXAMPLES[kind]
        return lambda: examples.run(method, servable, key, request.input)
    if kind is None:
        message = f"a record of {RECORDS_PATH} holds no request"
        raise ServingError(Code.INVALID_ARGUMENT, message)
    message = f"warm-up records of kind {kind} are not played"
    raise ServingError(Code.UNIMPLEMENTED, message)


def _predict(servable, request):
    _, signature = predict.find_signature(servable, request.model_spec.signature_name)
    arrays = predict.decode_inputs(signature, request.inputs)
    outputs = predict.select_outputs(signature, request.output_filter)
    # Runs with and without a time limit are prepared apart.
    for timeout in (_LONG, None):
        predict.run(servable, signature, arrays, outputs, timeout)
