"""`novnorm evaluate`: how good a detector is on labelled pictures."""

import argparse
import pathlib

from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE
from novnorm.metrics_text import describe_metrics
from novnorm.open_data import open_data

EXAMPLES = """\
examples:
  novnorm evaluate novnorm-run parts/
  novnorm evaluate detector.keras new/ --normal OK --csv scores.csv --report report.html

DATA is what `novnorm train` takes. Of data with a test split, that is used; otherwise
all pictures. Pictures that the run trained or calibrated on are left out.
"""


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "evaluate",
        help="metrics on labelled pictures",
        description=(
            "Score labelled pictures and judge the scores: AUROC, rates at the "
            "threshold, each type of defect, and pixels where there are masks."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a run's folder, a .keras file, or the version folder of an export",
    )
    parser.add_argument("data", metavar="DATA", help="a folder, a .csv manifest, ...")
    common_options.add_data_options(parser)
    parser.add_argument("--csv", metavar="FILE", help="a row for each picture")
    parser.add_argument("--report", metavar="FILE.html", help="a page for people")
    common_options.add_output_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Judge a detector on labelled pictures.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    from keras_novnorm.advice import find_threshold_drift
    from novnorm import train_tables
    from novnorm.evaluation import evaluate_examples
    from novnorm.labelled_pictures import LabelledPictures, seen_pictures
    from novnorm.scorer import open_scorer

    console = Console.of(arguments)
    command = f"novnorm evaluate {arguments.model} {arguments.data}"
    opened = open_data(arguments, command)
    max_pixels = common_options.max_pixels(arguments)
    scorer = open_scorer(arguments.model, max_pixels)
    seen = seen_pictures(arguments.model, "train", "calibration")
    pictures = LabelledPictures(opened, seen, max_pixels)
    wrapped = console.progress(iter(pictures), None, "testing")
    evaluation = evaluate_examples(scorer, wrapped, pictures.may_have_masks())
    if not evaluation.rows:
        raise ValueError(pictures.why_none())
    normals = [row["p_value"] for row in evaluation.rows if not row["label"]]
    card = scorer.card
    drift = find_threshold_drift(
        normals, card["num_calibration_images"], card["target_fpr"]
    )
    advice = [drift] if drift else []
    if arguments.csv:
        train_tables.write_scores(arguments.csv, evaluation)
    if arguments.report:
        _write_report(arguments, scorer, pictures, evaluation, advice)
    document = {
        "model": arguments.model,
        "data": arguments.data,
        "normal": list(opened.normal),
        "metrics": evaluation.metrics,
        "rejected": [list(one) for one in pictures.rejected],
        "left_out": pictures.num_left_out,
        "advice": [finding.as_json() for finding in advice],
    }
    console.result(document, _text(opened, pictures, evaluation, advice, arguments))
    return DONE


def _write_report(arguments, scorer, pictures, evaluation, advice):
    from novnorm.report_page import write_page

    paths = [row["path"] for row in evaluation.rows]
    write_page(
        pathlib.Path(arguments.report),
        f"Novelty report: {arguments.data}",
        scorer,
        evaluation.rows,
        lambda chosen: pictures.load([paths[place] for place in chosen]),
        metrics=evaluation.metrics,
        rejected=pictures.rejected + pictures.refused_masks,
        advice=advice,
    )


def _text(opened, pictures, evaluation, advice, arguments):
    lines = [f"normal: {', '.join(opened.normal)} ({opened.reason})"]
    if pictures.num_left_out:
        lines.append(
            f"{pictures.num_left_out} left out: the run trained or calibrated on them"
        )
    lines += [f"set aside: {path}: {why}" for path, why in pictures.rejected[:5]]
    if len(pictures.rejected) > 5:
        lines.append(f"and {len(pictures.rejected) - 5} more set aside")
    lines += [f"{path}: {why}" for path, why in pictures.refused_masks[:5]]
    lines += describe_metrics(evaluation.metrics)
    lines += [f"advice: {finding.text}" for finding in advice]
    for name, file in (("scores", arguments.csv), ("report", arguments.report)):
        lines += [f"{name:<14}{file}"] if file else []
    return "\n".join(lines)
