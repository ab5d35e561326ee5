"""Entry point of the `novnorm` command."""

import argparse
import sys

from keras_novnorm.cli import inspect
from keras_novnorm.version import __version__

COMMANDS = (inspect,)


def main(argv=None):
    """Run a subcommand.

    Args:
        argv: list of arguments; those of the process unless given.

    Returns:
        Exit code: 0 for success, 1 for a failure that is said, 2 for usage.
    """
    parser = argparse.ArgumentParser(
        prog="novnorm", description="One-class image anomaly detection."
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments)
    except (OSError, ValueError) as error:
        print(f"novnorm: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
