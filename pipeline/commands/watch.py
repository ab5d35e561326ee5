"""`python -m pipeline watch`: learns on when enough new normals lie in a folder."""

import json
import time

from pipeline.commands.run import run_and_tell
from pipeline.commands.run_options import add_run_options, make_config
from pipeline.quiet import import_tensorflow_quietly

HELP = "run again whenever enough new pictures lie in a folder"
EPILOG = (
    "The first run begins anew; each later one goes on from what the last one learned "
    "and is compared on the pictures that the first one was tested on. Options of Beam "
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
    code = 0
    while True:
        if _is_enough(arguments):
            code = _run(arguments, beam_args)
        if arguments.once:
            return code
        time.sleep(arguments.interval)


def _run(arguments, beam_args):
    from pipeline.main import FAILED
    from pipeline.pipeline_error import PipelineError, UsageError
    from pipeline.run_config import LAST

    data = f"folder:{arguments.directory}"
    since = LAST if _known(arguments) is not None else None
    try:
        return run_and_tell(make_config(arguments, data, beam_args, since=since))
    except UsageError:
        raise
    except PipelineError as error:
        if arguments.once:
            raise
        print(f"error: {error}\nThe watch goes on.", flush=True)
        return FAILED


def _is_enough(arguments):
    known = _known(arguments)
    count = _count(arguments.directory)
    new = count - (known or 0)
    if new < arguments.min_new:
        print(f"{new} new pictures of {arguments.min_new} that are needed", flush=True)
        return False
    while True:  # A copy that goes on is not cut in two.
        time.sleep(arguments.settle)
        again = _count(arguments.directory)
        if again == count:
            return True
        count = again


def _known(arguments):
    from pipeline.runs.run_record import read_runs
    from pipeline.storage import StoragePath

    for record in reversed(read_runs(StoragePath(arguments.root))):
        if record.summary:
            counts = StoragePath(record.summary["counts"])
            return json.loads(counts.read_text())["listed"]
    return None


def _count(directory):
    from keras_novnorm.datasets.image_folder import ImageFolder

    try:
        return sum(1 for _ in ImageFolder(directory).elements())
    except FileNotFoundError:
        return 0
