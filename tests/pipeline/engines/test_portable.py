"""The portable protocol: Beam's job service and our pool of workers, as processes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.pipeline.engines.conftest import (
    REPOSITORY,
    check_digits,
    run_digits,
    run_small_job,
)
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]
_JOB_SERVICE = "apache_beam.runners.portability.local_job_service_main"


@contextlib.contextmanager
def served(port, *module):
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, module)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            assert process.poll() is None, f"{module} ended with {process.returncode}"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        else:
            raise AssertionError(f"{module} does not listen on {port}")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def beam_args(free_port, tmp_path_factory):
    jobs, pool = free_port(), free_port()
    logs = tmp_path_factory.mktemp("portable")
    module = "pipeline.engines.worker_pool"
    with (
        served(jobs, _JOB_SERVICE, "--port", jobs),
        served(pool, module, "--port", pool, "--logs", logs),
    ):
        yield [
            "--runner=PortableRunner",
            f"--job_endpoint=localhost:{jobs}",
            "--environment_type=EXTERNAL",
            f"--environment_config=localhost:{pool}",
        ]


def test_small_job_gives_what_the_local_runner_gives(
    beam_args, tmp_path, expected_small_job
):
    found = run_small_job(tmp_path / "output.json", beam_args)
    assert found["written"] == expected_small_job["written"]
    assert found["counters"]["texts"] == expected_small_job["counters"]["texts"]


def test_pipeline_gives_what_the_local_runner_gives(
    beam_args, tmp_path, expected_digits
):
    check_digits(run_digits(tmp_path / "root", beam_args), expected_digits)
