"""Requests a second and latencies, beside the floors, in one run.

Everything is measured in rounds, in turn, and the best round counts: what else the
machine does then weighs on all alike.
"""

import contextlib
import dataclasses
import pathlib
import tempfile

from benchmarks.serving import in_process, models, requests
from benchmarks.serving.bare_session import BareSession
from benchmarks.serving.clients import Clients, Job
from benchmarks.serving.empty_handler import EmptyHandler
from benchmarks.serving.targets import Target

_PREDICT = "/tensorflow.serving.PredictionService/Predict"
_BATCH = 32
_IMAGES = 256
_REPETITIONS = 100


@dataclasses.dataclass
class Row:
    """One line of the table: the best of some rounds.

    Attributes:
        what: str, who answers.
        form: str, what is sent.
        batch: int, pictures a request.
        clients: int, clients, or threads where there is no wire.
        rate: float, requests a second.
        p50, p99: float, milliseconds; None for the bare session.
        errors: dict of str to int.
    """

    what: str
    form: str
    batch: int
    clients: int
    rate: float = 0.0
    p50: float | None = None
    p99: float | None = None
    errors: dict = dataclasses.field(default_factory=dict)


def measure(
    seconds,
    most,
    rounds,
    client_counts,
    repetitions=_REPETITIONS,
    server_flags=(),
):
    """Measures all rows.

    Args:
        seconds: float, the longest time of a cell in a round.
        most: int, requests of all clients of a cell in a round, at most.
        rounds: int.
        client_counts: list of int, with 8 among them for the targets.
        repetitions: int, calls in process.
        server_flags: sequence of str, of the detector's server.

    Returns:
        tuple of list of `Row` and list of `Target`.
    """
    from serving.inference.run_options import RunOptions
    from serving.local_server import LocalServer

    images = models.random_images(_IMAGES)
    pngs = [requests.encode(image) for image in images]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        line_path, detector_path = folder / requests.LINE, folder / requests.DETECTOR
        line_path.mkdir()
        models.export_line(line_path / "1")
        models.export_detector(detector_path)
        line = stack.enter_context(LocalServer(requests.LINE, line_path))
        detector = stack.enter_context(
            LocalServer(requests.DETECTOR, detector_path, server_flags)
        )
        empty = stack.enter_context(EmptyHandler())
        config = RunOptions().config().SerializeToString()
        bare = stack.enter_context(BareSession(detector_path / "1", config))

        one_x = [requests.line([1.0])]
        wires = [
            ("empty handler", "number", 1, empty.target, one_x),
            ("y = 0.5 x + 2", "number", 1, line.target, one_x),
        ]
        calls = {}
        for batch in (1, _BATCH):
            by_form = {
                "bytes": requests.files(images, batch),
                "pixels": requests.pixels(images, batch),
            }
            for form, bodies in by_form.items():
                wires.append(("detector", form, batch, detector.target, bodies))
            starts = range(0, _IMAGES - batch + 1, batch)
            calls["bytes", batch] = [
                bare.prepare("serving_bytes", {"image_bytes": pngs[i : i + batch]})
                for i in starts
            ]
            calls["pixels", batch] = [
                bare.prepare("serving_default", {"images": images[i : i + batch]})
                for i in starts
            ]
        rest = detector.rest.removeprefix("http://")
        path = f"/v1/models/{requests.DETECTOR}:predict"
        bodies = requests.rest_files(images)

        jobs = []
        for what, form, batch, target, sent in wires:
            jobs.append((what, form, batch, Job(target, _PREDICT, sent, seconds, most)))
        jobs.append(
            ("detector, REST", "bytes", 1, Job(rest, path, bodies, seconds, most, True))
        )
        rows = {}
        for count in client_counts:
            # Clients of another number are not there to be in the way.
            with Clients(count) as clients:
                for _ in range(rounds):
                    for what, form, batch, job in jobs:
                        row = rows.setdefault(
                            (what, form, batch, count), Row(what, form, batch, count)
                        )
                        job = dataclasses.replace(job, most=max(1, most // count))
                        _keep_best(row, clients.run(job))
        for (form, batch), prepared in calls.items():
            for threads in (1, 8):
                row = Row("bare session", form, batch, threads)
                rows[row.what, form, batch, threads] = row
                for _ in range(rounds):
                    row.rate = max(row.rate, bare.rate(prepared, threads, seconds))
        ratios = {
            form: in_process.predict_over_bare(
                detector_path, bodies[0], bare, calls[form, _BATCH][0], repetitions
            )
            for form, bodies in by_form.items()
        }
    return list(rows.values()), _targets(rows, ratios)


def _keep_best(row, outcome):
    for error, count in outcome.errors.items():
        row.errors[error] = row.errors.get(error, 0) + count
    if outcome.rate > row.rate:
        row.rate = outcome.rate
        row.p50, row.p99 = outcome.milliseconds(50), outcome.milliseconds(99)


def _targets(rows, ratios):
    targets = []
    if ("empty handler", "number", 1, 8) in rows:
        empty = rows["empty handler", "number", 1, 8]
        line = rows["y = 0.5 x + 2", "number", 1, 8]
        name = "rate of y = 0.5 x + 2 over the empty handler's, 8 clients"
        targets.append(Target(name, line.rate / empty.rate, 0.5, True))
        for form in ("bytes", "pixels"):
            served = rows["detector", form, 1, 8]
            bare = rows["bare session", form, 1, 8]
            name = f"rate of the detector over the bare session's, {form}, 8 clients"
            targets.append(Target(name, served.rate / bare.rate, 0.7, True))
            name = f"99th percentile over the median, detector, {form}, 8 clients"
            targets.append(Target(name, served.p99 / served.p50, 3.0))
    for form, (predicting, bare) in ratios.items():
        name = f"time of Predict over the bare session's, batch of 32, {form}"
        targets.append(Target(name, predicting / bare, 1.5))
    failed = sum(sum(row.errors.values()) for row in rows.values())
    targets.append(Target("requests that failed", failed, 0))
    return targets
