"""What a Predict call adds to the bare run of its model: both in this process."""

import argparse
import statistics
import threading
import time


class _Context:
    """What a handler asks of gRPC, with a client that waits for ever."""

    def time_remaining(self):
        return None

    def is_active(self):
        return True

    def add_callback(self, callback):
        return True

    def abort(self, code, details):
        raise RuntimeError(f"{code.name}: {details}")


def predict_over_bare(base_path, request, session, call, repetitions):
    """Times `PredictionService.Predict` beside the bare session, in turn.

    Args:
        base_path: str or path, the folder of the model's versions.
        request: bytes of a `PredictRequest`.
        session: `BareSession` of the same version.
        call: `Call` of the same tensors.
        repetitions: int.

    Returns:
        tuple of float: milliseconds of a Predict call, and of a bare run (medians).
    """
    from tensorflow_serving.apis import predict_pb2

    from serving.configuration import flags
    from serving.grpc.prediction_service import PredictionService
    from serving.monitoring.metrics import Metrics
    from serving.startup import Server

    message = predict_pb2.PredictRequest.FromString(request)
    words = ["--model_name", message.model_spec.name, "--port=-1", "--rest_api_port=0"]
    parsed, _ = flags.parse([*words, "--model_base_path", str(base_path)])
    assert isinstance(parsed, argparse.Namespace)
    server = Server(parsed)
    server.start(threading.Event())
    try:
        service = PredictionService(server.core, Metrics())
        context = _Context()
        for _ in range(3):
            service.Predict(message, context)
            session.run(call)
        predicting, bare = [], []
        for _ in range(repetitions):
            start = time.perf_counter()
            service.Predict(message, context)
            between = time.perf_counter()
            session.run(call)
            bare.append(time.perf_counter() - between)
            predicting.append(between - start)
    finally:
        server.stop()
    return statistics.median(predicting) * 1e3, statistics.median(bare) * 1e3
