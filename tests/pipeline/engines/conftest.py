"""Ports, commands and the results of Beam's own local runner to compare with."""

import csv
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import time

import pytest

REPOSITORY = pathlib.Path(__file__).parents[3]
NOT_PUSHED = 3
_PATIENCE = 900.0


def run_command(*command, codes=(0,), **environment):
    """Runs a command in the repository's folder; gives its output, or fails with it."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE,
    )
    assert done.returncode in codes, done.stdout[-5000:]
    return done.stdout


def run_small_job(output, beam_args):
    """Runs the small job; gives what a worker wrote, and the counters."""
    module = "tests.pipeline.engines.small_job"
    run_command(sys.executable, "-m", module, output, *beam_args)
    return json.loads(output.read_text(encoding="utf-8"))


def digits_command(root, beam_args, seeds="0 1"):
    """The whole pipeline on handwritten digits: two short trainings side by side."""
    options = f"--data sklearn:digits --normal 8 --root {root} --name digits"
    options += f" --target-fpr 0.05 --seed {seeds} --epochs 4 --allow-collapsed"
    return [sys.executable, "-m", "pipeline", "run", *options.split(), *beam_args]


def run_digits(root, beam_args, seeds="0 1"):
    """Runs it; gives what `read_results` does."""
    # So shortly trained, a detector need not be good enough to push.
    run_command(*digits_command(root, beam_args, seeds), codes=(0, NOT_PUSHED))
    return read_results(root)


def read_results(root):
    """What a run of the pipeline found: dict from detector to numbers."""
    last = max(pathlib.Path(root).glob("runs/*.json"))
    summary = json.loads(last.read_text())["summary"]
    return {one["name"]: _read_detector(one) for one in summary["detectors"]}


def _read_detector(one):
    with open(one["scores"], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        "training": json.loads(pathlib.Path(one["history"]).read_text())["metrics"],
        "auroc": round(one["results"]["auroc"], 6),
        "scores": {row["path"]: float(row["score"]) for row in rows},
    }


def check_digits(found, expected):
    """Asserts that two runs found the same."""
    assert found.keys() == expected.keys()
    for name, one in found.items():
        other = expected[name]
        assert one["training"] == other["training"], name
        assert one["auroc"] == other["auroc"], name
        # How pictures fall into batches differs by engine, and with it the last digits
        # of float32.
        scores = pytest.approx(other["scores"], rel=1e-3, abs=1e-4)
        assert one["scores"] == scores, name


def wait_until(condition, patience=600):
    """Waits until a function of nothing gives true, or fails after some seconds."""
    for _ in range(patience * 5):
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(f"It does not come to that in {patience} s.")


@pytest.fixture(scope="session")
def free_port():
    """Gives ports that nothing listens on: `() -> int`."""
    given = set()

    def find():
        while True:
            port = random.randrange(15000, 30000)
            with socket.socket() as probe:
                if port in given or probe.connect_ex(("127.0.0.1", port)) == 0:
                    continue
            given.add(port)
            return port

    return find


@pytest.fixture(scope="session")
def expected_small_job(tmp_path_factory):
    """What the small job gives on Beam's local runner."""
    output = tmp_path_factory.mktemp("small") / "output.json"
    return run_small_job(output, ["--runner=FnApiRunner"])


@pytest.fixture(scope="session")
def expected_digits(tmp_path_factory):
    """What the pipeline gives for two seeds on Beam's local runner."""
    root = tmp_path_factory.mktemp("digits") / "root"
    return run_digits(root, ["--runner=FnApiRunner"])
