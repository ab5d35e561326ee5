"""`python -m pipeline rollback`: servers go back to an earlier version."""

from pipeline.commands.file_systems import set_up_file_systems

HELP = "publish an earlier version again, as the newest"
EPILOG = (
    "The version that was wrong stays to be looked at; servers that take the newest "
    "version go back without a gap."
)


def add_arguments(parser):
    """Adds the command's options to its parser."""
    parser.add_argument("name", metavar="NAME", help="the served model")
    parser.add_argument("--root", required=True, metavar="DIR")
    parser.add_argument(
        "--to",
        type=int,
        metavar="VERSION",
        help="default: the version that was served before the newest; after a "
        "rollback, the one before that, never one that was left behind",
    )


def execute(arguments, beam_args):
    """Runs the command; returns its exit code."""
    from pipeline.serving_folder import SERVING, ServingFolder
    from pipeline.storage import StoragePath

    set_up_file_systems(beam_args)
    folder = ServingFolder(StoragePath(arguments.root) / SERVING, arguments.name)
    version, made = folder.roll_back(arguments.to)
    print(f"{arguments.name}: version {made} is version {version} again")
    return 0
