"""The command: `python -m pipeline run ...`."""

import argparse
import logging
import sys
import traceback

from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.quiet import import_tensorflow_quietly

_OK, _FAILED, _USAGE = 0, 1, 2


def main(argv=None):
    """Runs the command.

    Args:
        argv: list of str, or None: the process's own.

    Returns:
        int, the exit code: 0 done, 1 failed, 2 not understood.
    """
    parser = _make_parser()
    # What is not ours is Beam's; whether Beam knows it is checked before the run.
    arguments, beam_args = parser.parse_known_args(argv)
    _log_to_terminal(arguments.debug)
    try:
        if not arguments.debug:
            import_tensorflow_quietly()
        from pipeline.novnorm_pipeline import run_pipeline
        from pipeline.summary import format_summary

        result = run_pipeline(_make_config(arguments, beam_args))
        if result.summary:
            print(format_summary(result.summary))
        return _OK
    except UsageError as error:
        return _fail(error, _USAGE, arguments.debug)
    except KeyboardInterrupt:
        print("Stopped. Run again to go on: what is finished is kept.", file=sys.stderr)
        return _FAILED
    except Exception as error:
        return _fail(error, _FAILED, arguments.debug)


def _make_config(arguments, beam_args):
    from pipeline.run_config import RunConfig

    return RunConfig(
        data=arguments.data,
        root=arguments.root,
        normal=tuple(arguments.normal),
        name=arguments.name,
        data_dir=arguments.data_dir,
        download=arguments.download,
        preset=arguments.preset,
        image_shape=None
        if arguments.image_size is None
        else tuple(arguments.image_size),
        target_fpr=arguments.target_fpr,
        seed=arguments.seed,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        restarts=arguments.restarts,
        allow_collapsed=arguments.allow_collapsed,
        max_rejected_share=arguments.max_rejected_share,
        max_pixels=int(arguments.max_megapixels * 1e6),
        only=arguments.only,
        beam_args=tuple(beam_args),
    )


def _make_parser():
    parser = argparse.ArgumentParser(
        prog="python -m pipeline",
        description="From pictures of what is normal to a judged, published detector.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run the pipeline; what is finished is skipped",
        allow_abbrev=False,
        epilog="Options of Beam (--runner=..., --direct_num_workers=...) pass through.",
    )
    add = run.add_argument
    add(
        "--data",
        required=True,
        metavar="SOURCE",
        help="tfds:NAME, folder:DIRECTORY or sklearn:digits",
    )
    add("--root", required=True, metavar="DIR", help="where all results lie")
    add(
        "--normal",
        nargs="+",
        default=[],
        metavar="CLASS",
        help="normal classes, by name or number; a folder's default is `good`",
    )
    add("--name", help="name of the served model; default: the last part of --root")
    add("--data-dir", metavar="DIR", help="where tensorflow-datasets' files lie")
    add("--download", action="store_true", help="let tensorflow-datasets fetch files")
    add("--preset", help="preset of the detector; default: by the data's name")
    add(
        "--image-size",
        nargs=3,
        type=int,
        metavar=("HEIGHT", "WIDTH", "CHANNELS"),
        help="in the place of the preset's",
    )
    add(
        "--target-fpr",
        type=float,
        default=0.01,
        metavar="RATE",
        help="false alarms allowed among normals (default: 0.01)",
    )
    add("--seed", type=int, default=0, help="of everything random (default: 0)")
    add("--epochs", type=int, help="default: the preset's recipe")
    add("--batch-size", type=int, metavar="N", help="default: the preset's")
    add(
        "--restarts",
        type=int,
        default=0,
        metavar="N",
        help="begin a collapsed training again with other starting values, at most "
        "N times (default: 0)",
    )
    add(
        "--allow-collapsed",
        action="store_true",
        help="publish even a detector whose training collapsed",
    )
    add(
        "--max-rejected-share",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="fail when more of the pictures must be set aside (default: 0.5)",
    )
    add(
        "--max-megapixels",
        type=float,
        default=100.0,
        metavar="N",
        help="set larger pictures aside (default: 100)",
    )
    add("--only", metavar="COMPONENT", help="run this one; what it needs must be done")
    add("--debug", action="store_true", help="show tracebacks and all logs")
    return parser


def _log_to_terminal(debug):
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("pipeline")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if not debug:
        # Libraries' own messages; what matters to the run is said by the run.
        logging.getLogger().setLevel(logging.CRITICAL)


def _fail(error, code, debug):
    if debug:
        traceback.print_exc()
    else:
        text = str(error).strip() or "no reason given"
        if not isinstance(error, PipelineError):
            text = f"{type(error).__name__}: {text}\nRun with --debug for details."
        print(f"error: {text}", file=sys.stderr)
    return code
