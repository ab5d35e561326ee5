"""Beam's options: passed through untouched, but for what is known to lose data."""

import argparse
import shlex
import sys

import apache_beam as beam
from apache_beam.options import pipeline_options

from pipeline.pipeline_error import UsageError

DEFAULT_RUNNER = "FnApiRunner"
"""In memory and hermetic; `DirectRunner` would first try to download Prism."""

_LOCAL_WORKER = "pipeline.engines.local_worker"


def check_beam_args(args):
    """Refuses options that Beam does not know, or that lose data.

    Args:
        args: list of str, as on a command line: `["--runner=FlinkRunner", ...]`.

    Raises:
        UsageError: an option unknown to Beam, `DaskRunner`, or
            `direct_running_mode=multi_threading`.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    for group in _option_groups(pipeline_options.PipelineOptions):
        group._add_argparse_args(parser)
    try:
        known, unknown = parser.parse_known_args(args)
    except argparse.ArgumentError as error:
        raise UsageError(f"Beam does not take this option: {error}") from error
    if unknown:
        raise UsageError(
            f"Neither this command nor Beam knows {' '.join(unknown)}. See --help."
        )
    if "daskrunner" in (known.runner or "").lower():
        raise UsageError(
            "DaskRunner is refused: in Beam 2.77 it loses data without an error "
            "(every tagged output gets all elements, of several leaves only the last "
            "runs, writes to TFRecord files write nothing). Use FnApiRunner, "
            "FlinkRunner, SparkRunner or DataflowRunner."
        )
    if known.direct_running_mode == "multi_threading":
        raise UsageError(
            "direct_running_mode=multi_threading is refused: it loses elements at "
            "GroupByKey in some runs, without an error. Use multi_processing or "
            "in_memory."
        )


def make_pipeline_options(args):
    """Makes Beam's options, with the runner that needs nothing around it by default.

    Args:
        args: list of str, checked by `check_beam_args`.

    Returns:
        `apache_beam.options.pipeline_options.PipelineOptions`.
    """
    options = pipeline_options.PipelineOptions(list(args))
    standard = options.view_as(pipeline_options.StandardOptions)
    if standard.runner is None:
        standard.runner = DEFAULT_RUNNER
    return options


def make_pipeline(args):
    """Makes an empty pipeline.

    Args:
        args: list of str, checked by `check_beam_args`.

    Returns:
        `apache_beam.Pipeline`. Of several processes on this machine, each is a
        `pipeline.engines.local_worker`.
    """
    options = make_pipeline_options(args)
    direct = options.view_as(pipeline_options.DirectOptions)
    standard = options.view_as(pipeline_options.StandardOptions)
    if (standard.runner, direct.direct_running_mode) != (
        DEFAULT_RUNNER,
        "multi_processing",
    ):
        return beam.Pipeline(options=options)
    # Here: commands that run nothing need not wait for it.
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner
    from apache_beam.transforms.environments import SubprocessSDKEnvironment

    # Left as it is, it would stand for Beam's own worker.
    direct.direct_running_mode = "in_memory"
    command = f"exec {shlex.quote(sys.executable)} -m {_LOCAL_WORKER}"
    environment = SubprocessSDKEnvironment.from_command_string(command)
    return beam.Pipeline(runner=FnApiRunner(environment), options=options)


def _option_groups(group):
    yield from group.__subclasses__()
