"""`novnorm export`: a detector as a numbered version for servers."""

import argparse
import pathlib

from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE
from novnorm.load_model import load_detector, run_with_detector

EXAMPLES = """\
examples:
  novnorm export novnorm-run
  novnorm export detector.keras --base-path models/parts --version 3
"""


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "export",
        help="write a numbered version for TF Serving",
        description=(
            "Export a detector as a SavedModel with all preprocessing inside, as the "
            "next version in a folder that a server watches."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="a run's folder or .keras file")
    parser.add_argument(
        "--base-path",
        metavar="DIR",
        help="folder of the versions (default: `export` beside the detector)",
    )
    parser.add_argument(
        "--version", type=int, metavar="N", help="default: the next one"
    )
    parser.add_argument(
        "--allow-collapsed",
        action="store_true",
        help="export a detector whose training has collapsed all the same",
    )
    common_options.add_output_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Export a detector.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    from keras_novnorm.export.saved_model import (
        CollapsedError,
        NotCalibratedError,
        export_saved_model,
    )

    console = Console.of(arguments)
    detector = load_detector(arguments.model)
    base_path = arguments.base_path or default_base_path(arguments.model)
    try:
        version = export_saved_model(
            detector,
            base_path,
            arguments.version,
            allow_collapsed=arguments.allow_collapsed,
        )
    except CollapsedError as error:
        raise CollapsedError("--allow-collapsed") from error
    except NotCalibratedError as error:
        remedy = f"Calibrate it first: novnorm calibrate {arguments.model} FOLDER."
        raise NotCalibratedError(remedy) from error
    document = {
        "export": str(version),
        "base_path": str(base_path),
        "version": int(version.name),
        "threshold": detector.threshold,
        "target_fpr": detector.target_fpr,
    }
    console.result(
        document,
        f"exported      {version}\n"
        f"next          novnorm-serve --model_name {pathlib.Path(base_path).name} "
        f"--model_base_path {pathlib.Path(base_path).resolve()}",
    )
    return DONE


def default_base_path(model):
    """Where the versions of a model lie.

    Args:
        model: str, a run's folder or a `.keras` file.

    Returns:
        `pathlib.Path`.
    """
    run = run_with_detector(model)
    return run.export if run else pathlib.Path(model).parent / "export"
