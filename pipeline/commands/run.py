"""`python -m pipeline run`: what is not finished is done, and models are published."""

from pipeline.commands.run_options import add_run_options, make_config
from pipeline.quiet import import_tensorflow_quietly

HELP = "run the pipeline; what is finished is skipped"
EPILOG = "Options of Beam (--runner=..., --direct_num_workers=...) pass through."


def add_arguments(parser):
    """Adds the command's options to its parser."""
    add = parser.add_argument
    add(
        "--data",
        required=True,
        metavar="SOURCE",
        help="tfds:NAME, folder:DIRECTORY, manifest:FILE.csv, tfrecord:PATTERN or "
        "sklearn:digits",
    )
    add("--root", required=True, metavar="DIR", help="where all results lie")
    add_run_options(add)
    add("--only", metavar="COMPONENT", help="run this one; what it needs must be done")
    add(
        "--since",
        metavar="RUN",
        help="go on from what a run (its name, or LAST: of each detector the last "
        "training) has learned, and compare on the pictures that it was tested on",
    )


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    if not arguments.debug:
        import_tensorflow_quietly()
    config = make_config(
        arguments,
        arguments.data,
        beam_args,
        only=arguments.only,
        since=arguments.since,
    )
    return run_and_tell(config)


def run_and_tell(config):
    """Runs a pipeline and prints its last words.

    Args:
        config: `RunConfig`.

    Returns:
        int, the exit code.
    """
    from pipeline.main import NOT_PUSHED, OK
    from pipeline.novnorm_pipeline import run_pipeline
    from pipeline.storage import StoragePath
    from pipeline.summary import format_obstacles, format_summary

    result = run_pipeline(config)
    passed = result.is_passed(config.only)
    if result.summary:
        print(format_summary(result.summary))
    elif not passed:
        print(format_obstacles(result, config.only, StoragePath(config.root)))
    return OK if passed else NOT_PUSHED
