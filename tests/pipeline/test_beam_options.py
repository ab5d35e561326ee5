"""Beam's options pass, but for those that lose data."""

import pytest
from apache_beam.options.pipeline_options import DirectOptions, StandardOptions

from pipeline.beam_options import (
    check_beam_args,
    make_pipeline,
    make_pipeline_options,
)
from pipeline.pipeline_error import UsageError


def test_options_reach_beam_untouched():
    args = ["--runner=FnApiRunner", "--direct_num_workers=2"]
    check_beam_args(args)
    assert make_pipeline_options(args).view_as(DirectOptions).direct_num_workers == 2


def test_the_default_runner_needs_nothing_around_it():
    assert make_pipeline_options([]).view_as(StandardOptions).runner == "FnApiRunner"


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--runner=DaskRunner"], "DaskRunner is refused.*loses data"),
        (["--direct_running_mode=multi_threading"], "loses elements at GroupByKey"),
        (["--tagret-fpr", "0.1"], "nor Beam knows --tagret-fpr 0.1"),
    ],
)
def test_what_loses_data_or_is_unknown_is_refused_by_name(args, reason):
    with pytest.raises(UsageError, match=reason):
        check_beam_args(args)


def test_several_processes_are_the_pipeline_s_own_workers():
    pipeline = make_pipeline(["--direct_running_mode=multi_processing"])
    environment = pipeline.runner._default_environment
    assert environment.command_string.endswith(" -m pipeline.engines.local_worker")


def test_another_runner_is_beam_s_own_affair():
    args = ["--runner=PrismRunner", "--direct_running_mode=multi_processing"]
    assert type(make_pipeline(args).runner).__name__ == "PrismRunner"
