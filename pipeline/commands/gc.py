"""`python -m pipeline gc`: deletes work that no run needs any more."""

from pipeline.commands.file_systems import set_up_file_systems

HELP = "delete finished and unfinished work that no kept run rests on"
EPILOG = (
    "Published versions are never touched. Without --delete it only says what goes."
)


def add_arguments(parser):
    """Adds the command's options to its parser."""
    add = parser.add_argument
    add("--root", required=True, metavar="DIR")
    add(
        "--keep",
        type=int,
        default=3,
        metavar="N",
        help="runs with results whose work is kept (default: 3)",
    )
    add(
        "--min-age",
        type=float,
        default=24.0,
        metavar="HOURS",
        help="leave alone what is younger (default: 24)",
    )
    add("--delete", action="store_true", help="delete it")


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    from pipeline.pipeline_error import UsageError
    from pipeline.runs.garbage import find_garbage
    from pipeline.storage import StoragePath

    set_up_file_systems(beam_args)
    if arguments.keep < 1:
        raise UsageError(f"--keep must be 1 or more; received {arguments.keep}.")
    root = StoragePath(arguments.root)
    found = find_garbage(root, arguments.keep, arguments.min_age * 3600)
    total = 0
    for path, why, size in found:
        total += size
        print(f"{path.relative_to(root)}  {size / 2**20:.1f} MiB  {why}")
        if arguments.delete:
            path.delete()
    done = "deleted" if arguments.delete else "could go; add --delete"
    print(f"{len(found)} places, {total / 2**20:.1f} MiB {done}")
    return 0
