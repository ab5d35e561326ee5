"""Power cuts: the server is killed while it serves and while it loads.

Each round publishes a version, and kills at a random moment after it. In each second
round a copy of the next version has been cut off half-way as well. What starts after
must serve the newest whole version.
"""

import pathlib
import random
import shutil
import tempfile
import time

from benchmarks.serving import models, requests
from benchmarks.serving.targets import Target

# Seconds after the publication: long after the load, and in the midst of it.
_WHILE_SERVING, _WHILE_LOADING = (0.0, 1.0), (0.05, 0.5)
_PATIENCE = 60.0


def measure(rounds=6, seed=0):
    """Kills and restarts.

    Args:
        rounds: int.
        seed: int, of the moments.

    Returns:
        tuple of dict and list of `Target`: what was seen, and the aims.
    """
    from serving.local_server import LocalServer

    moments = random.Random(seed)
    flags = ["--file_system_poll_wait_seconds=0.1"]
    right, answers, delays, restarts = 0, [], [], []
    with tempfile.TemporaryDirectory() as folder:
        base, staging = pathlib.Path(folder, "base"), pathlib.Path(folder, "staging")
        base.mkdir()
        staging.mkdir()
        models.export_line(base / "1", offset=1.0)
        newest = 1
        for number in range(rounds):
            # Even rounds kill a server that serves, odd ones one that loads.
            following = newest + 1
            models.export_line(staging / str(following), offset=float(following))
            with LocalServer(requests.LINE, base, flags) as server:
                assert _answer(server.target)[0] == newest
                (staging / str(following)).rename(base / str(following))
                if number % 2 == 0:
                    _wait_for(server.target, following)
                between = _WHILE_LOADING if number % 2 else _WHILE_SERVING
                delays.append(round(moments.uniform(*between), 3))
                time.sleep(delays[-1])
                server.kill()
            newest = following
            half = base / str(newest + 1)
            if number % 2:
                shutil.copytree(base / str(newest), half)
                graph = half / "saved_model.pb"
                graph.write_bytes(graph.read_bytes()[:1000])
            start = time.monotonic()
            with LocalServer(requests.LINE, base, flags) as server:
                restarts.append(round(time.monotonic() - start, 2))
                version, value = _answer(server.target)
            answers.append(version)
            right += version == newest and value == 0.5 + newest
            shutil.rmtree(half, ignore_errors=True)
    facts = {
        "kills": rounds,
        "seconds from the publication to the kill": delays,
        "seconds of the restarts": restarts,
        "versions served after": answers,
    }
    name = "restarts that serve the newest whole version, of all"
    return facts, [Target(name, right / rounds, 1.0, True)]


def _answer(target):
    """(version, y at x = 1)."""
    import grpc

    from serving.client import messages, tensors

    with grpc.insecure_channel(target) as channel:
        predict = channel.unary_unary(messages.PREDICT)
        answer = predict(requests.line([1.0]), timeout=_PATIENCE)
    response = messages.PredictResponse.FromString(answer)
    values = tensors.read(response.outputs["y"])
    return response.model_spec.version.value, float(values[0, 0])


def _wait_for(target, version):
    deadline = time.monotonic() + _PATIENCE
    while _answer(target)[0] != version:
        if time.monotonic() > deadline:
            raise RuntimeError(f"version {version} does not come")
        time.sleep(0.05)
