"""A real Apache Flink cluster on this machine; `make flink-up` fetches its parts.

The tests start a cluster of their own, on ports of their own.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

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
_SCRIPTS = REPOSITORY / "deployment/flink"
_PORTS = ("FLINK_REST", "FLINK_RPC", "FLINK_BLOB", "BEAM_JOB", "BEAM_ARTIFACT")


@pytest.fixture(scope="module")
def cluster(free_port, tmp_path_factory):
    """Environment of the scripts of a running cluster."""
    if not shutil.which("java"):
        pytest.skip("Flink needs Java")
    if not list((REPOSITORY / ".cache/flink").glob("job-server-*")):
        pytest.skip("Flink is not fetched: run `make flink-up` once")
    environment = {f"{name}_PORT": str(free_port()) for name in (*_PORTS, "BEAM_POOL")}
    environment["FLINK_RUN"] = str(tmp_path_factory.mktemp("flink"))
    try:
        environment["OPTIONS"] = run_command(_SCRIPTS / "up.sh", **environment)
        yield environment
    finally:
        run_command(_SCRIPTS / "down.sh", **environment)


@pytest.fixture(scope="module")
def beam_args(cluster):
    """The options that the script prints."""
    printed = cluster["OPTIONS"].partition("python -m pipeline run ...")[2]
    return printed.replace("\\\n", " ").split()


def victims(name, cluster):
    """Numbers of the cluster's processes whose command has a name in it."""
    heads = {int(file.read_text()) for file in Path(cluster["FLINK_RUN"]).glob("*.pid")}
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # It has ended.
            pid = int(path.parent.name)
            if name in path.read_text(errors="replace") and os.getpgid(pid) in heads:
                found.append(pid)
    assert found, f"no process {name}"
    return found


def test_started_twice_it_stays_as_it_is(cluster):
    text = run_command(_SCRIPTS / "up.sh", **cluster)
    assert text.startswith("Runs already.")
    assert text.partition("\n")[2] in cluster["OPTIONS"]


def test_taken_port_is_named(cluster, tmp_path):
    environment = {**os.environ, **cluster, "FLINK_RUN": str(tmp_path)}
    done = subprocess.run(
        [_SCRIPTS / "up.sh"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f"Port {cluster['FLINK_REST_PORT']} is taken." in done.stderr
    assert "FLINK_REST_PORT=PORT make flink-up" in done.stderr


def test_all_but_beam_s_java_servers_listen_on_this_machine_only(cluster):
    for name in ("FLINK_REST", "FLINK_RPC", "FLINK_BLOB", "BEAM_POOL"):
        port = int(cluster[f"{name}_PORT"])
        # Another address of the loopback device: reached by who listens on all.
        with socket.socket() as here, socket.socket() as elsewhere:
            assert here.connect_ex(("127.0.0.1", port)) == 0
            assert elsewhere.connect_ex(("127.0.0.2", port)) != 0, name


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


# The second ends with the zero byte that ends each argument: not the pool.
@pytest.mark.parametrize("victim", ["TaskManagerRunner", "pipeline.engines.worker\0"])
def test_kill_in_the_training_does_no_harm(
    victim, cluster, beam_args, tmp_path, expected_digits
):
    root = tmp_path / "root"
    command = digits_command(root, beam_args)
    with subprocess.Popen(command, cwd=REPOSITORY, text=True) as run:
        # A folder of an attempt: a worker is at work on it.
        wait_until(lambda: list(root.glob("train/*/*")) or run.poll() is not None)
        os.kill(victims(victim, cluster)[0], signal.SIGKILL)
        code = run.wait(900)
    if code not in (0, NOT_PUSHED):  # A clean failure, which a second run mends.
        run_digits(root, beam_args)
    check_digits(read_results(root), expected_digits)
