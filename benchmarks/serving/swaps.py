"""Versions come and go under load, some of them broken, and nobody notices."""

import os
import pathlib
import shutil
import tempfile
import time

from benchmarks.serving import models, requests
from benchmarks.serving.clients import Clients, Job
from benchmarks.serving.targets import Target

_PREDICT = "/tensorflow.serving.PredictionService/Predict"
_LOAD_SECONDS = 30.0
_XS = (1.0, -3.0, 20.0)


def check_answer(request, answer):
    """Compares an answer with what its version computes: y = 0.5 x + version.

    Args:
        request: bytes of a `PredictRequest`.
        answer: bytes of a `PredictResponse`.

    Returns:
        None, or what is wrong.
    """
    from serving.client import messages, tensors

    sent = messages.PredictRequest.FromString(request).inputs["x"].float_val
    response = messages.PredictResponse.FromString(answer)
    version = response.model_spec.version.value
    found = tensors.read(response.outputs["y"]).ravel().tolist()
    expected = [0.5 * x + version for x in sent]
    if found == expected:
        return None
    return f"version {version} answered {found} in the place of {expected}"


def measure(total=20_000, clients=8, swaps=10, broken=(3, 7), broken_seconds=3.0):
    """Runs requests over swaps between versions.

    Args:
        total: int, requests at least.
        clients: int.
        swaps: int, versions that are published one after the other.
        broken: tuple of int, which of them (from 1 on) are broken.
        broken_seconds: float, how long a broken one is given to come after all.

    Returns:
        tuple of dict and list of `Target`: what was seen, and the aims.
    """
    from serving.local_server import LocalServer

    with tempfile.TemporaryDirectory() as folder:
        base, staging = pathlib.Path(folder, "base"), pathlib.Path(folder, "staging")
        base.mkdir()
        staging.mkdir()
        # A version's number is what it adds; 1 is there at the start.
        models.export_line(base / "1", offset=1.0)
        for swap in range(1, swaps + 1):
            models.export_line(staging / str(swap + 1), offset=swap + 1.0)
            if swap in broken:
                _break(staging / str(swap + 1), swap)
        flags = ["--file_system_poll_wait_seconds=0.2"]
        with (
            LocalServer(requests.LINE, base, flags) as server,
            Clients(clients) as senders,
        ):
            job = Job(
                *(server.target, _PREDICT, [requests.line([x]) for x in _XS]),
                seconds=(swaps + 1) * _LOAD_SECONDS,
                most=-(-total // clients),
                check=check_answer,
                until_stop=True,
            )
            senders.start(job)
            served, not_served = [], []
            try:
                for swap in range(1, swaps + 1):
                    version = swap + 1
                    os.rename(staging / str(version), base / str(version))
                    patience = broken_seconds if swap in broken else _LOAD_SECONDS
                    ok = _comes(server.target, version, patience)
                    (served if ok else not_served).append(version)
            finally:
                senders.stop.set()
            outcome = senders.wait(job)
            alive = server.is_alive()
    good = [swap + 1 for swap in range(1, swaps + 1) if swap not in broken]
    facts = {
        "requests": len(outcome.latencies) + _failed(outcome),
        "versions published": swaps,
        "of these broken": sorted(swap + 1 for swap in broken),
        "versions that answered": served,
        "longest latency, ms": outcome.milliseconds(100),
        "errors": dict(outcome.errors),
    }
    return facts, [
        Target("requests, in thousands", facts["requests"] / 1e3, total / 1e3, True),
        Target("requests that failed, or were answered wrong", _failed(outcome), 0),
        Target("good versions that were not served", len(set(good) - set(served)), 0),
        Target("broken versions that were", len(set(served) - set(good)), 0),
        Target("server processes that live", int(alive), 1, True),
    ]


def _failed(outcome):
    return sum(outcome.errors.values())


def _break(path, seed):
    """Makes a version unusable, in one of two ways that happen."""
    if seed % 2:
        graph = path / "saved_model.pb"  # the copy was cut off
        graph.write_bytes(graph.read_bytes()[: graph.stat().st_size // 2])
    else:
        shutil.rmtree(path / "variables")  # not there yet, and never will be


def _comes(target, version, patience):
    """bool, whether a version gets to answer within some seconds."""
    from serving.client import ScoringClient, ScoringError

    deadline = time.monotonic() + patience
    with ScoringClient(target, requests.LINE) as client:
        while time.monotonic() < deadline:
            try:
                states = {row["version"]: row["state"] for row in client.status()}
            except ScoringError:
                states = {}
            if states.get(version) == "AVAILABLE":
                return True
            time.sleep(0.05)
    return False
