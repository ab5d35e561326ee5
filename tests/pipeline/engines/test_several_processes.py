"""Beam's local runner with several processes."""

import os
import pathlib
import signal
import subprocess

import pytest

from tests.pipeline.engines.conftest import (
    NOT_PUSHED,
    REPOSITORY,
    check_digits,
    digits_command,
    read_results,
    run_command,
    run_digits,
    run_small_job,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]
BEAM_ARGS = [
    "--runner=FnApiRunner",
    "--direct_num_workers=2",
    "--direct_running_mode=multi_processing",
]


def workers_of(process):
    """Paths in /proc of the worker processes that a run has started."""
    found = pathlib.Path(f"/proc/{process.pid}/task").glob("*/children")
    numbers = " ".join(file.read_text() for file in found).split()
    children = [pathlib.Path("/proc", number) for number in numbers]
    return [c for c in children if b"local_worker" in (c / "cmdline").read_bytes()]


def is_alive(process):
    """Whether a process of a path in /proc is there, and more than its exit code."""
    try:
        return process.joinpath("cmdline").read_bytes() != b""
    except OSError:
        return False


def test_small_job_gives_what_one_process_gives(tmp_path, expected_small_job):
    found = run_small_job(tmp_path / "output.json", BEAM_ARGS)
    assert found["written"] == expected_small_job["written"]


def test_pipeline_gives_and_says_what_one_process_does(tmp_path, expected_digits):
    root = tmp_path / "root"
    output = run_command(*digits_command(root, BEAM_ARGS), codes=(0, NOT_PUSHED))
    check_digits(read_results(root), expected_digits)
    assert "train seed1: epoch 4/4" in output
    assert "INFO" not in output
    assert "WARNING" not in output


def test_killed_run_takes_its_workers_along(tmp_path, expected_digits):
    root = tmp_path / "root"
    run = subprocess.Popen(digits_command(root, BEAM_ARGS), cwd=REPOSITORY)
    try:
        # A folder of an attempt: a worker is at work on it.
        wait_until(
            lambda: list(root.glob("train/*/*")) or run.poll() is not None, patience=300
        )
        workers = workers_of(run)
        assert len(workers) == 2
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    wait_until(lambda: not any(map(is_alive, workers)))
    check_digits(run_digits(root, BEAM_ARGS), expected_digits)
