"""Work of the component that tries an exported model in a real server."""

import concurrent.futures
import json
import pathlib
import time

import grpc
import numpy as np

from pipeline.components.check.agreement import Agreement
from pipeline.components.check.model_client import ModelClient
from pipeline.components.check.server_process import ServerProcess
from pipeline.components.check.trainer_scores import score_with_detector
from pipeline.pipeline_error import PipelineError
from pipeline.storage.local_copy import local_copy

_NAME = "candidate"
_WARMUP = "assets.extra/tf_serving_warmup_requests"
_NO_PICTURE = b"This is no picture."


def execute(inputs, outputs, parameters, context):
    """Serves the export on this machine, asks for scores and compares them.

    Args:
        inputs: `CheckInputs`.
        outputs: `CheckOutputs`, whose directory is there and empty.
        parameters: `CheckParameters`.
        context: `Context`.

    Raises:
        PipelineError: the server does not start, does not answer as it must, or its
            scores are not those of the detector.
    """
    with (
        concurrent.futures.ThreadPoolExecutor(1) as beside,
        local_copy(inputs.export.saved_model) as path,
    ):
        # A server takes as long to start as a detector to be loaded and to score.
        scored = beside.submit(
            score_with_detector,
            inputs.calibration.detector,
            inputs.examples,
            parameters.pictures,
        )
        server = ServerProcess(_NAME, path, parameters.patience)
        try:
            with server, ModelClient(server.target, _NAME) as client:
                server.wait_until(client.is_available)
                startup = server.seconds()
                expected = scored.result()
                try:
                    found = _try(client, path, expected, parameters)
                except grpc.RpcError as error:
                    server.check_alive()
                    raise PipelineError(
                        f"The server answers {error.code().name}: {error.details()}"
                    ) from error
                memory = server.peak_memory()
        finally:
            outputs.server_log.write_text(getattr(server, "last_log", ""))
    record = {
        **found,
        "startup_seconds": round(startup, 3),
        "peak_memory_mb": memory and round(memory / 2**20, 1),
    }
    outputs.check.write_text(json.dumps(record, indent=2) + "\n")
    context.say(
        f"a server gives {record['pictures']} pictures the detector's scores (largest "
        f"difference {record['largest_difference']:.2g} deviations of the normal "
        f"class, of {record['largest_difference_of']}); one picture takes "
        f"{record['latency_median_ms']:.1f} ms, {record['latency_p99_ms']:.1f} ms at "
        "the 99th percentile"
    )


def _try(client, saved_model, expected, parameters):
    from keras_novnorm.calibration.margin import MARGIN

    if "serving_bytes" not in (names := client.signatures()):
        raise PipelineError(
            f"The model has no signature serving_bytes. Received: {', '.join(names)}"
        )
    warmup = _replay_warmup(client, saved_model)
    agreement = Agreement(expected, MARGIN)
    requests = {}
    for size in parameters.batch_sizes:
        requests[str(size)] = _send_batches(client, expected, size, agreement)
    latencies = _time_singles(client, expected, parameters.single_requests, agreement)
    _send_what_is_no_picture(client)
    _send_batches(client, expected, max(parameters.batch_sizes), agreement)
    return {
        "pictures": len(expected.pictures),
        "signatures": names,
        "warmup_requests": warmup,
        "requests_by_batch_size": requests,
        "single_requests": len(latencies),
        "refuses_what_is_no_picture": True,
        "tolerance": MARGIN,
        "largest_difference": agreement.largest_difference,
        "largest_difference_of": agreement.largest_of,
        "latency_median_ms": round(1e3 * float(np.median(latencies)), 3),
        "latency_p99_ms": round(1e3 * float(np.quantile(latencies, 0.99)), 3),
    }


def _replay_warmup(client, saved_model):
    import tensorflow as tf

    file = pathlib.Path(saved_model, _WARMUP)
    if not file.exists():
        return 0
    records = list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())
    for record in records:
        client.replay(record)
    return len(records)


def _send_batches(client, expected, size, agreement):
    starts = range(0, len(expected.pictures), size)
    for start in starts:
        places = list(range(start, min(start + size, len(expected.pictures))))
        agreement.check(client.score([expected.pictures[i] for i in places]), places)
    return len(starts)


def _time_singles(client, expected, count, agreement):
    seconds = []
    for number in range(count):
        place = number % len(expected.pictures)
        start = time.perf_counter()
        answer = client.score([expected.pictures[place]])
        seconds.append(time.perf_counter() - start)
        agreement.check(answer, [place])
    return seconds


def _send_what_is_no_picture(client):
    try:
        client.score([_NO_PICTURE])
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.INVALID_ARGUMENT:
            return
        raise
    raise PipelineError(
        f"The server scores what is no picture: {_NO_PICTURE!r}. It must refuse it "
        "with INVALID_ARGUMENT."
    )
