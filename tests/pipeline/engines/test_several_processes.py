"""Beam's local runner with several processes."""

import pytest

from tests.pipeline.engines.conftest import run_digits, run_small_job

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]
BEAM_ARGS = [
    "--runner=FnApiRunner",
    "--direct_num_workers=2",
    "--direct_running_mode=multi_processing",
]


def test_small_job_gives_what_one_process_gives(tmp_path, expected_small_job):
    found = run_small_job(tmp_path / "output.json", BEAM_ARGS)
    assert found["written"] == expected_small_job["written"]


def test_pipeline_gives_what_one_process_gives(tmp_path, expected_digits):
    assert run_digits(tmp_path / "root", BEAM_ARGS) == expected_digits
