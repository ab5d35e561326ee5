"""The command: `python -m pipeline {run,status,lineage,diff,gc,rollback,watch}`."""

import argparse
import importlib
import logging
import sys
import traceback

from pipeline.onednn import prefer_onednn
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.terminal_log import log_to_terminal

OK, FAILED, USAGE, NOT_PUSHED = 0, 1, 2, 3
COMMANDS = ("run", "status", "lineage", "diff", "gc", "rollback", "watch")


def main(argv=None):
    """Runs the command.

    Args:
        argv: list of str, or None: the process's own.

    Returns:
        int, the exit code: 0 done, 1 failed, 2 not understood, 3 done but a model was
        not blessed and so not pushed.
    """
    parser = _make_parser()
    # What is not ours is Beam's; whether Beam knows it is checked before the run.
    arguments, beam_args = parser.parse_known_args(argv)
    log_to_terminal()
    prefer_onednn()
    if not arguments.debug:
        # Libraries' own messages; what matters to the run is said by the run.
        logging.getLogger().setLevel(logging.CRITICAL)
    try:
        return _module(arguments.command).execute(arguments, tuple(beam_args))
    except UsageError as error:
        return _fail(error, USAGE, arguments.debug)
    except KeyboardInterrupt:
        print("Stopped. Run again to go on: what is finished is kept.", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # `... | head`
        sys.stderr.close()
        return FAILED
    except ModuleNotFoundError as error:
        words = f"The pipeline needs {error.name}, which is not installed: "
        words += "pip install 'keras-novnorm[pipeline]'"
        return _fail(PipelineError(words), FAILED, arguments.debug)
    except Exception as error:
        return _fail(error, FAILED, arguments.debug)


def _make_parser():
    parser = argparse.ArgumentParser(
        prog="python -m pipeline",
        description="From pictures of what is normal to judged, published detectors.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = _module(name)
        one = commands.add_parser(
            name,
            help=module.HELP,
            description=module.HELP.capitalize() + ".",
            epilog=module.EPILOG,
            allow_abbrev=False,
        )
        module.add_arguments(one)
        one.add_argument(
            "--debug", action="store_true", help="show tracebacks and all logs"
        )
    return parser


def _module(name):
    return importlib.import_module(f"pipeline.commands.{name}")


def _fail(error, code, debug):
    if debug:
        traceback.print_exc()
    else:
        text = str(error).strip() or "no reason given"
        if not isinstance(error, PipelineError):
            text = f"{type(error).__name__}: {text}\nRun with --debug for details."
        print(f"error: {text}", file=sys.stderr)
    return code
