"""`python -m pipeline watch`: learns on when enough new normals lie in a folder."""

import time

from pipeline.commands.file_systems import set_up_file_systems
from pipeline.commands.run import run_and_tell
from pipeline.commands.run_options import add_run_options, make_config
from pipeline.quiet import import_tensorflow_quietly

HELP = "run again whenever enough new pictures lie in a folder"
EPILOG = (
    "The first run begins anew; each later one goes on from what was learned last and "
    "is compared on the pictures that the first one was tested on. Options of Beam "
    "pass through."
)


def add_arguments(parser):
    """Adds the command's options to its parser."""
    add = parser.add_argument
    add("directory", metavar="DIR", help="folder of pictures")
    add("--root", required=True, metavar="DIR", help="where all results lie")
    add(
        "--min-new",
        type=int,
        default=100,
        metavar="N",
        help="new pictures that are enough (default: 100)",
    )
    add(
        "--interval",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="between two looks (default: 60)",
    )
    add(
        "--settle",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="wait until no picture was added for so long (default: 5)",
    )
    add(
        "--once", action="store_true", help="look once, run if there is enough, and end"
    )
    add_run_options(add)


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    if not arguments.debug:
        import_tensorflow_quietly()
    from pipeline.runs.watched_folder import WatchedFolder

    set_up_file_systems(beam_args)
    folder = WatchedFolder(arguments.directory, tuple(arguments.normal), arguments.root)
    code = 0
    while True:
        names = _enough(folder, arguments)
        if names:
            code = _run(folder, names, arguments, beam_args)
        if arguments.once:
            return code
        time.sleep(arguments.interval)


def _run(folder, names, arguments, beam_args):
    from pipeline.main import FAILED
    from pipeline.pipeline_error import PipelineError, UsageError
    from pipeline.run_config import LAST

    last = folder.last_run()
    # What was learned on has seen all parts of the normals.
    since = LAST if last and not arguments.cross_calibrate else None
    config = make_config(arguments, folder.data, beam_args, since=since)
    try:
        return run_and_tell(config)
    except UsageError:
        raise
    except PipelineError as error:
        if arguments.once:
            raise
        print(f"error: {error}\nThe watch goes on.", flush=True)
        return FAILED
    finally:
        folder.remember(names, last)


def _enough(folder, arguments):
    names = folder.names()
    new = folder.count_new(names)
    if new < arguments.min_new:
        print(f"{new} new pictures of {arguments.min_new} that are needed", flush=True)
        return None
    while True:  # A copy that goes on is not cut in two.
        time.sleep(arguments.settle)
        again = folder.names()
        if again == names:
            return names
        names = again
