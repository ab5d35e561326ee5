"""Runs of the pipeline's own command, and what their manifests say."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from pipeline.main import NOT_PUSHED, OK
from pipeline.run_config import COMPONENTS


def command(root, *options):
    """The command of a run.

    Args:
        root: path.
        *options: str, beside `--root`.

    Returns:
        List of str.
    """
    return [sys.executable, "-m", "pipeline", "run", "--root", str(root), *options]


def start(root, *options, log=None):
    """Starts a run in a session of its own, so that all of it can be killed.

    Args:
        root: path.
        *options: str.
        log: file object for what it prints, or None: nowhere.

    Returns:
        `subprocess.Popen`.
    """
    return subprocess.Popen(
        command(root, *options),
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def run(root, *options):
    """Runs to the end. A model that is not blessed is no failure here.

    Args:
        root: path.
        *options: str.

    Returns:
        float, seconds.

    Raises:
        RuntimeError: it failed; with the end of what it printed.
    """
    clock = time.monotonic()
    with tempfile.TemporaryFile() as log:
        process = start(root, *options, log=log)
        if process.wait() not in (OK, NOT_PUSHED):
            log.seek(0)
            raise RuntimeError(log.read().decode(errors="replace")[-3000:])
    return time.monotonic() - clock


def manifests(root):
    """Reads the manifests of all finished work.

    Returns:
        List of dict.
    """
    root = pathlib.Path(root)
    return [
        json.loads(file.read_text())
        for component in COMPONENTS
        for file in sorted((root / component).glob("*/manifest.json"))
    ]


def seconds_by_component(root):
    """Returns dict from components to the seconds that their work took in all."""
    seconds = {}
    for manifest in manifests(root):
        name = manifest["component"]
        seconds[name] = round(seconds.get(name, 0.0) + manifest["seconds"], 2)
    return seconds


def results(root):
    """Returns dict from detectors to their metrics, of the last run."""
    summary = json.loads(pathlib.Path(root, "run.json").read_text())
    return {one["name"]: one["results"] for one in summary["detectors"]}
