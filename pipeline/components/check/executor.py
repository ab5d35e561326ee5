"""Work of the component that tries an exported model in a real server."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import tempfile
import time

import numpy as np

from pipeline.components.check.agreement import Agreement
from pipeline.components.check.trainer_scores import score_with_detector
from pipeline.pipeline_error import PipelineError
from pipeline.storage.local_copy import local_copy
from serving.client import ScoringClient, ScoringError
from serving.local_server import LocalServer, LocalServerError

_NAME = "candidate"
_WARMUP = "assets.extra/tf_serving_warmup_requests"
# The trainer may hold the whole memory of a GPU.
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}
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
        tempfile.TemporaryDirectory(prefix="novnorm-check-") as base,
    ):
        # A server takes as long to start as a detector to be loaded and to score.
        scored = beside.submit(
            score_with_detector,
            inputs.calibration.detector,
            inputs.examples,
            parameters.pictures,
        )
        # Servers look for versions in a folder of them.
        pathlib.Path(base, "1").symlink_to(os.path.abspath(path))
        server = LocalServer(
            _NAME, base, ["--host=127.0.0.1"], parameters.patience, _NO_GPU
        )
        try:
            with server:
                expected = scored.result()
                try:
                    found = _try(server.target, path, expected, parameters)
                except ScoringError as error:
                    server.check_alive()
                    raise PipelineError(f"The server answers {error}") from error
                memory = server.peak_memory()
        except LocalServerError as error:
            raise PipelineError(str(error)) from error
        finally:
            outputs.server_log.write_text(server.log())
    record = {
        **found,
        "startup_seconds": round(server.startup_seconds, 3),
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


def _try(target, saved_model, expected, parameters):
    from keras_novnorm.calibration.margin import MARGIN

    agreement = Agreement(expected, MARGIN)
    requests, latencies = {}, []
    with contextlib.ExitStack() as stack:

        def client_of(size):
            client = ScoringClient(target, _NAME, batch_size=size, in_flight=1)
            return stack.enter_context(client)

        one = client_of(1)
        names = sorted(one.metadata()["signatures"])
        if "serving_bytes" not in names:
            raise PipelineError(
                "The model has no signature serving_bytes. Received: "
                f"{', '.join(names)}"
            )
        for size in parameters.batch_sizes:
            _score_all(client_of(size), expected, agreement)
            requests[str(size)] = -(-len(expected.pictures) // size)
        for number in range(parameters.single_requests):
            place = number % len(expected.pictures)
            start = time.perf_counter()
            rows = one.score_bytes([expected.pictures[place]])
            latencies.append(time.perf_counter() - start)
            agreement.check(_columns(rows, [place], expected), [place])
        if one.score_bytes([_NO_PICTURE])[0]["error"] is None:
            raise PipelineError(
                f"The server scores what is no picture: {_NO_PICTURE!r}. It must "
                "refuse it with INVALID_ARGUMENT."
            )
        _score_all(client_of(max(parameters.batch_sizes)), expected, agreement)
    return {
        "pictures": len(expected.pictures),
        "signatures": names,
        "warmup_requests": _count_warmup(saved_model),
        "requests_by_batch_size": requests,
        "single_requests": len(latencies),
        "refuses_what_is_no_picture": True,
        "tolerance": MARGIN,
        "largest_difference": agreement.largest_difference,
        "largest_difference_of": agreement.largest_of,
        "latency_median_ms": round(1e3 * float(np.median(latencies)), 3),
        "latency_p99_ms": round(1e3 * float(np.quantile(latencies, 0.99)), 3),
    }


def _count_warmup(saved_model):
    """How many requests the server has played before it served the version."""
    import tensorflow as tf

    file = pathlib.Path(saved_model, _WARMUP)
    return sum(1 for _ in tf.data.TFRecordDataset(str(file))) if file.exists() else 0


def _score_all(client, expected, agreement):
    places = list(range(len(expected.pictures)))
    rows = client.score_bytes(expected.pictures)
    agreement.check(_columns(rows, places, expected), places)


def _columns(rows, places, expected):
    """The outputs, by name; what the client says beside them is none of the model's."""
    for row, place in zip(rows, places, strict=True):
        if row["error"] is not None:
            raise PipelineError(
                f"The server refuses {expected.paths[place]}: {row['error']}"
            )
    names = [name for name in rows[0] if name not in ("file", "note", "error")]
    return {name: np.asarray([row[name] for row in rows]) for name in names}
