"""The `novnorm` command."""

import argparse
import importlib
import os
import sys

from keras_novnorm.keras_backend import BackendError
from keras_novnorm.version import __version__
from novnorm import calibrate, evaluate, export, inspect, report, score, train
from novnorm.exit_code import (
    FAILED,
    INTERRUPTED,
    MEANINGS,
    NOT_UNDERSTOOD,
    NotUnderstoodError,
)
from novnorm.quiet_tensorflow import import_tensorflow_quietly

COMMANDS = (train, score, evaluate, calibrate, report, export, inspect)

EXAMPLES = """\
a detector from a folder of pictures, and what it says of others:
  novnorm train parts/ --out parts-run
  novnorm score parts-run new-pictures/ --csv scores.csv --heat-maps heat-maps/

exit codes:
"""


def main(argv=None):
    """Run a subcommand.

    Args:
        argv: list of arguments; those of the process unless given.

    Returns:
        Exit code, see `exit_code.MEANINGS`.
    """
    return run(make_parser().parse_args(argv))


def run(arguments):
    """Run a subcommand that was parsed.

    Args:
        arguments: what `make_parser().parse_args` returned.

    Returns:
        Exit code.
    """
    try:
        if arguments.needs_keras:
            import_tensorflow_quietly()
            # The whole, at a point where nothing else is half imported: parts of it
            # have come without its `__init__` (see `novnorm.command`).
            importlib.import_module("keras_novnorm")
        return arguments.run(arguments)
    except KeyboardInterrupt:
        print(f"\nnovnorm: stopped.{arguments.after_stop}", file=sys.stderr)
        return INTERRUPTED
    except NotUnderstoodError as error:
        return _say(error, NOT_UNDERSTOOD)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to tell them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (OSError, ValueError, BackendError) as error:
        return _say(error, FAILED)
    except Exception as error:  # A user is told what happened, not where in our code.
        if os.environ.get("NOVNORM_TRACEBACK"):
            raise
        first = str(error).strip().splitlines() or ["(no more is known)"]
        return _say(
            f"{type(error).__name__}: {first[0]} (set NOVNORM_TRACEBACK=1 for all)",
            FAILED,
        )


def make_parser():
    """Returns `ArgumentParser` of the command with all its subcommands."""
    codes = "\n".join(f"  {code:<4d}{text}" for code, text in MEANINGS.items())
    parser = argparse.ArgumentParser(
        prog="novnorm",
        description=(
            "Find the pictures that are not like the others, when you have pictures "
            "of what is normal."
        ),
        epilog=EXAMPLES + codes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parser.set_defaults(needs_keras=True, after_stop="")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def _say(error, code):
    print(f"novnorm: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
