"""`novnorm score`: how novel pictures are."""

import argparse

from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE, FAILED, NOVEL_FOUND
from novnorm.find_pictures import find_pictures

EXAMPLES = """\
examples:
  novnorm score novnorm-run picture.png
  novnorm score novnorm-run pictures/ --csv scores.csv --heat-maps heat-maps/
  novnorm score novnorm-run/export/1 'camera/*.jpg' --json --fail-on-novel

A higher score is more novel; a picture is novel where its score is above the threshold.
A score does not depend on what else is scored. Rows are in the CSV file as pictures are
scored: stopped by Ctrl-C or killed, the same command goes on after the last one.
"""


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "score",
        help="score pictures: files, folders, patterns",
        description="Score pictures with a detector: how novel they are, and where.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a run's folder, a .keras file, or the version folder of an export",
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", help="what to score")
    parser.add_argument("--csv", metavar="FILE", help="a row for each picture found")
    parser.add_argument(
        "--heat-maps", metavar="DIR", help="pictures with their anomaly map laid over"
    )
    parser.add_argument(
        "--maps-npy", metavar="DIR", help="anomaly maps as float32 arrays"
    )
    parser.add_argument(
        "--regions", metavar="FILE.json", help="boxes around what is novel"
    )
    parser.add_argument("--report", metavar="FILE.html", help="a page with a gallery")
    parser.add_argument(
        "--all-normal",
        action="store_true",
        help="the pictures are known to be normal: test whether the threshold holds",
    )
    parser.add_argument(
        "--fail-on-novel",
        action="store_true",
        help=f"exit with {NOVEL_FOUND} when a picture is novel, and with {FAILED} when "
        "none is, but one was set aside",
    )
    parser.add_argument(
        "--max-megapixels", type=float, default=100.0, metavar="M", help="default 100"
    )
    common_options.add_output_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Score pictures.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    from novnorm.score_outputs import ScoreOutputs
    from novnorm.scorer import open_scorer
    from novnorm.scoring import score_files

    console = Console.of(arguments)
    pictures = find_pictures(arguments.paths)
    max_pixels = common_options.max_pixels(arguments)
    scorer = open_scorer(arguments.model, max_pixels)
    outputs = ScoreOutputs(arguments, pictures, scorer, max_pixels)
    if outputs.num_taken_up:
        console.note(
            f"goes on after {outputs.num_taken_up} of {len(pictures)} pictures"
        )
    if outputs.began_anew:
        console.note(
            f"{arguments.csv} was not finished, and is of other pictures or another "
            "model: it begins anew"
        )
    left = pictures[outputs.num_taken_up :]
    wrapped = console.progress(left, len(left), "scoring")
    if arguments.csv:
        arguments.after_stop = (
            f" What was scored is in {arguments.csv}; the same command goes on from "
            "there."
        )
    try:
        for scored in score_files(scorer, wrapped, max_pixels, outputs.wants_maps):
            outputs.take(scored)
        outputs.finish()
    finally:
        outputs.close()
    console.result(outputs.document(), outputs.text())
    if arguments.fail_on_novel and outputs.num_novel:
        return NOVEL_FOUND
    # A gate does not open for what nobody has seen.
    failed = outputs.num_set_aside and arguments.fail_on_novel
    nothing = not outputs.num_scored or outputs.num_without_maps == outputs.num_scored
    return FAILED if failed or nothing else DONE
