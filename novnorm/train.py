"""`novnorm train`: from a folder of pictures to a calibrated detector."""

import argparse
import os

from keras_novnorm.detectors.registry import NAMES
from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE, FAILED
from novnorm.open_data import open_data
from novnorm.run_folder import RunFolder
from novnorm.train_checks import check_options, check_out

DEFAULT_OUT = "novnorm-run"
DEFAULT_TARGET_FPR = 0.01

EXAMPLES = """\
examples:
  novnorm train parts/
  novnorm train parts/ --normal OK --target-fpr 0.02 --out parts-run
  novnorm train list.csv --groups lot

DATA is a folder (pictures only: all normal; or one folder per class, `good` being
normal; or train/good with test/good and test/DEFECT, the layout of MVTec AD), a .csv
manifest with the columns path and class or label, or tfds:NAME, tfrecord:PATTERN,
sklearn:digits. What was understood is said before anything is trained.

Stopped by Ctrl-C or killed, the same command goes on after the last epoch it kept.
"""


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "train",
        help="train, calibrate and test a detector on a folder of pictures",
        description=(
            "Train a detector on the normal pictures of a folder, set its threshold "
            "from held-out normals, test it on what was held out, write a report, and "
            "export it for servers."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", metavar="DATA", help="a folder, a .csv manifest, ...")
    parser.add_argument(
        "--out",
        default=DEFAULT_OUT,
        metavar="DIR",
        help=f"folder for the run (default {DEFAULT_OUT})",
    )
    common_options.add_data_options(parser)
    _add_model_options(parser)
    _add_handling_options(parser)
    common_options.add_output_options(parser)
    parser.set_defaults(
        run=run, after_stop=" The same command goes on after the last epoch it kept."
    )


def _add_model_options(parser):
    parser.add_argument(
        "--method",
        metavar="M",
        help=f"how it learns what is normal: {', '.join(NAMES)} (default: features, "
        f"where its network is installed, else {NAMES[0]})",
    )
    parser.add_argument(
        "--backbone",
        metavar="B",
        help="the frozen network of methods on features: EfficientNetLite0, 1 or 2; a "
        "network of keras.applications, or NAME=FILE with its weights; a .keras file",
    )
    parser.add_argument(
        "--preset",
        metavar="P",
        help="a preset of any method; the method's default, or chosen by the pictures' "
        "size, unless given",
    )
    parser.add_argument(
        "--image-size",
        nargs=2,
        type=int,
        metavar=("H", "W"),
        help="what pictures are brought to; the preset's own unless given, or, of "
        "features, the pictures' own proportions",
    )
    parser.add_argument(
        "--pixels",
        type=int,
        metavar="N",
        help="the most pixels that pictures are brought to, in their median "
        "proportions (default 262144 for features)",
    )
    parser.add_argument("--color", choices=("auto", "grey", "rgb"), default="auto")
    parser.add_argument(
        "--resize",
        choices=("stretch", "pad", "tiles"),
        default="stretch",
        help="how pictures get to the size: stretched, padded, or cut into tiles at "
        "their own resolution (default stretch)",
    )
    parser.add_argument(
        "--value-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="levels that are spread over the whole range, for pictures that use "
        "little of it: 0 4095 for 12 bits in files of 16; up to 1, shares of the range",
    )
    parser.add_argument(
        "--target-fpr",
        type=float,
        metavar="A",
        help=f"rate of false alarms to allow (default {DEFAULT_TARGET_FPR}, or the "
        "smallest that the normals allow)",
    )
    parser.add_argument("--epochs", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument(
        "--restarts",
        type=int,
        default=2,
        metavar="N",
        help="how often a collapsed training begins again (default 2)",
    )


def _add_handling_options(parser):
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--groups",
        metavar="COLUMN",
        help="column of the manifest: pictures with one value stay in one split",
    )
    group.add_argument(
        "--group-by",
        metavar="REGEX",
        help="pictures stay in one split for which this finds the same in the path",
    )
    parser.add_argument(
        "--shares",
        nargs=3,
        type=float,
        metavar=("TRAIN", "CALIBRATION", "TEST"),
        help="how much of the normals trains, calibrates and is tested on (default "
        "10 2 3)",
    )
    held_out = parser.add_mutually_exclusive_group()
    held_out.add_argument(
        "--calibration",
        metavar="DIR",
        help="folder of normal pictures to calibrate with, in the place of a share",
    )
    held_out.add_argument(
        "--cross-calibrate",
        type=int,
        metavar="K",
        help="of few pictures: train K more detectors, each without a part of the "
        "normals, and calibrate on all of them",
    )
    parser.add_argument(
        "--limit-rejected",
        type=common_options.share,
        default=0.5,
        metavar="SHARE",
        help="fail where more files had to be set aside (default 0.5)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before training")
    parser.add_argument("--no-report", action="store_true")
    parser.add_argument("--no-export", action="store_true")


def run(arguments):
    """Train on a folder of pictures.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    from novnorm.train_stages import TrainStages

    check_options(arguments)
    console = Console.of(arguments)
    command = f"novnorm train {arguments.data}"
    opened = open_data(arguments, command)
    check_out(arguments.out, opened.source)
    stages = TrainStages(RunFolder(arguments.out), _asked(arguments), opened, console)
    document, lines = stages.run(ask=not arguments.yes)
    console.result(document, "\n".join(lines))
    collapsed = document["collapsed"] and not document["cut_short"]
    return FAILED if collapsed else DONE


def _asked(arguments):
    """What makes a run what it is; anything else may differ when it goes on."""
    return {
        "data": _full_path(arguments.data),
        "normal": arguments.normal,
        "method": arguments.method,
        "preset": arguments.preset,
        "backbone": arguments.backbone,
        "image_size": arguments.image_size,
        "pixels": arguments.pixels,
        "color": arguments.color,
        "resize": arguments.resize,
        "value_range": arguments.value_range,
        "target_fpr": arguments.target_fpr,
        "epochs": arguments.epochs,
        "seed": arguments.seed,
        "restarts": arguments.restarts,
        "groups": arguments.groups,
        "group_by": arguments.group_by,
        "shares": arguments.shares,
        "calibration": _full_path(arguments.calibration),
        "cross_calibrate": arguments.cross_calibrate,
        "max_megapixels": arguments.max_megapixels,
        "limit_rejected": arguments.limit_rejected,
        "data_dir": arguments.data_dir,
        "report": not arguments.no_report,
        "export": not arguments.no_export,
    }


def _full_path(spec):
    return os.path.abspath(spec) if spec and os.path.exists(spec) else spec
