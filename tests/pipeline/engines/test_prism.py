"""Prism, Beam's small engine in Go; built by `make prism`."""

import pytest

from tests.pipeline.engines.conftest import (
    REPOSITORY,
    check_digits,
    run_digits,
    run_small_job,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]


@pytest.fixture(scope="module")
def beam_args():
    built = sorted((REPOSITORY / ".cache/prism").glob("prism-*"))
    if not built:
        pytest.skip("Prism is not built: run `make prism` once (needs Go)")
    return ["--runner=PrismRunner", f"--prism_location={built[-1]}"]


def test_small_job_gives_what_the_local_runner_gives(
    beam_args, tmp_path, expected_small_job
):
    found = run_small_job(tmp_path / "output.json", beam_args)
    assert found["written"] == expected_small_job["written"]
    assert found["counters"]["texts"] == expected_small_job["counters"]["texts"]


def test_pipeline_gives_what_the_local_runner_gives(
    beam_args, tmp_path, expected_digits
):
    # One training: Prism runs two as threads of one process, which share the seeds.
    found = run_digits(tmp_path / "root", beam_args, seeds="0")
    check_digits(found, {"digits": expected_digits["digits-seed0"]})
