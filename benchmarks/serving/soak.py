"""Many requests of all kinds: memory must not grow."""

import contextlib
import pathlib
import tempfile

from benchmarks.serving import models, requests
from benchmarks.serving.clients import Clients, Job
from benchmarks.serving.memory import resident_bytes
from benchmarks.serving.targets import Target

_PREDICT = "/tensorflow.serving.PredictionService/Predict"
_SLOWEST_RATE = 50.0  # requests a second, for the limit in time
_STEPS = 9


def measure(total=200_000, clients=8, export=models.export_detector, size=models.SIZE):
    """Sends a mixture of requests and watches the server's memory.

    Args:
        total: int, requests; memory after the first tenth is the one to hold.
        clients: int.
        export: function of a base path, which writes a detector's version there.
        size: (height, width, channels) of its pictures.

    Returns:
        tuple of dict and list of `Target`: what was seen, and the aims.
    """
    from serving.local_server import LocalServer

    images = models.random_images(16, size)
    mixture = [
        *requests.files(images, 1),
        *requests.pixels(images, 1),
        *requests.files(images, 4),
        *requests.pixels(images, 16),
        *requests.files(images, 4, "anomaly_map_bytes"),
        *requests.pixels(images, 4, "anomaly_map"),
    ]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        base_path = pathlib.Path(folder, requests.DETECTOR)
        export(base_path)
        server = stack.enter_context(LocalServer(requests.DETECTOR, base_path))
        senders = stack.enter_context(Clients(clients))
        sent, errors, memory = 0, {}, []
        for _ in range(_STEPS + 1):
            part = -(-total // ((_STEPS + 1) * clients))
            seconds = 60.0 + part * clients / _SLOWEST_RATE
            job = Job(server.target, _PREDICT, mixture, seconds, part)
            outcome = senders.run(job)
            sent += len(outcome.latencies) + sum(outcome.errors.values())
            for error, count in outcome.errors.items():
                errors[error] = errors.get(error, 0) + count
            memory.append(resident_bytes(server.pid))
    growth = max(memory[1:]) / memory[0] - 1.0
    facts = {
        "requests": sent,
        "memory after each tenth, MB": [round(value / 1e6, 1) for value in memory],
        "errors": errors,
    }
    return facts, [
        Target("requests, in thousands", sent / 1e3, total / 1e3, True),
        Target("growth of memory after the first tenth, %", growth * 100, 5.0),
        Target("requests that failed", sum(errors.values()), 0),
    ]
