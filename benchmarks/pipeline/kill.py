"""Runs that are killed at random moments and started again."""

import os
import pathlib
import random
import signal
import tempfile
import time

from benchmarks.pipeline.runs import manifests, results, run, start

_METRICS = ("auroc", "average_precision", "threshold", "detection_rate")


def measure(rounds, seed, data="sklearn:digits", epochs=20):
    """Kills and restarts runs, and compares them with an undisturbed one.

    Each run is killed with SIGKILL, with all its processes, at a moment drawn
    uniformly over the length of an undisturbed run, started again, and killed again
    with a chance of one half, at most three times. Then it is left alone.

    Args:
        rounds: int.
        seed: int, of the moments.
        data: str, the source.
        epochs: int.

    Returns:
        Pair of dict of facts and list of `(words, value, aim, is_met)`.
    """
    options = ["--data", data, "--normal", "8", "--target-fpr", "0.05"]
    options += ["--epochs", str(epochs)]
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="novnorm-kill-") as folder:
        length = run(f"{folder}/undisturbed", *options)
        expected = _metrics(f"{folder}/undisturbed")
        same = whole = kills = repeated = 0
        stages = {}
        for number in range(rounds):
            root = f"{folder}/{number}"
            trained = {}
            for _ in range(3):
                moment = draw.uniform(0.0, length)
                stage = _run_and_kill(root, options, moment)
                stages[stage] = stages.get(stage, 0) + 1
                kills += stage != "ended"
                trained |= _trainings(root)
                if draw.random() < 0.5:
                    break
            run(root, *options)
            after = _trainings(root)
            repeated += sum(after.get(place) != made for place, made in trained.items())
            same += _metrics(root) == expected
            whole += _is_whole(root)
            print(
                f"run {number + 1} of {rounds}: {kills} kills so far; {same} with the "
                f"same metrics, {whole} whole, {repeated} finished trainings repeated",
                flush=True,
            )
    facts = {
        "undisturbed, seconds": round(length, 1),
        "kills": kills,
        "moments": stages,
        "trainings repeated after they were finished": repeated,
    }
    return facts, [
        ("runs with the metrics of the undisturbed one", same, rounds, same == rounds),
        ("roots without half artifacts believed", whole, rounds, whole == rounds),
        ("finished trainings repeated", repeated, 0, repeated == 0),
    ]


def _run_and_kill(root, options, moment):
    process = start(root, *options)
    try:
        time.sleep(moment)
        if process.poll() is not None:
            return "ended"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = [manifest["component"] for manifest in manifests(root)]
    return f"after {done[-1]}" if done else "before prepare"


def _metrics(root):
    return [{name: one[name] for name in _METRICS} for one in results(root).values()]


def _trainings(root):
    found = [m for m in manifests(root) if m["component"] == "train"]
    return {m["digest"]: m["ended"] for m in found}


def _is_whole(root):
    for manifest in manifests(root):
        kind = pathlib.Path(root, manifest["component"])
        (place,) = kind.glob(f"*/{manifest['attempt']}")
        for name, size in manifest["files"].items():
            if (place / name).stat().st_size != size:
                return False
    return True
