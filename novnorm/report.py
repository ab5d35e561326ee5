"""`novnorm report`: the page on a run, written anew."""

import argparse
import pathlib

from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE, NotUnderstoodError
from novnorm.run_folder import RunFolder, read_json

EXAMPLES = """\
example:
  novnorm report novnorm-run --out report.html
"""


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "report",
        help="write the report of a run anew",
        description=(
            "Write the report of a run: from its scores, its detector as it is now, "
            "and its pictures, where they still are."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="RUN", help="the run's folder")
    parser.add_argument(
        "--out", metavar="FILE.html", help="default: report.html of the run"
    )
    common_options.add_output_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Write the report of a run.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    from novnorm.labelled_pictures import load_pictures
    from novnorm.open_data import open_pictures
    from novnorm.report_page import write_page
    from novnorm.score_table import read_table
    from novnorm.scorer import open_scorer
    from novnorm.stored_scores import read_rows

    console = Console.of(arguments)
    folder = RunFolder(arguments.model)
    if not folder.is_run():
        raise NotUnderstoodError(
            f"{arguments.model} is no run of `novnorm train`: it has no run.json. For "
            "other pictures: novnorm score MODEL PATHS --report FILE.html"
        )
    record = folder.read_record()
    if not folder.metrics.is_file():
        raise ValueError(
            f"The run in {folder.folder} is not finished. Give the command that began "
            "it once more."
        )
    rows = read_rows(folder.scores)
    if not rows:
        raise ValueError("No picture was held out to test on: nothing to report.")
    out = pathlib.Path(arguments.out) if arguments.out else folder.report
    asked = record["asked"]
    max_pixels = int(asked["max_megapixels"] * 1e6)
    paths = [row["path"] for row in rows]
    try:
        source = open_pictures(asked["data"], asked["data_dir"])
    except FileNotFoundError as error:
        console.say(f"without its pictures: {error}")
        source = None
    name = source.name if source else record["calibration"]["source"]

    def load(wanted):
        if source is None:
            return [None] * len(wanted)
        return load_pictures(source, wanted, max_pixels)

    novel = record.get("most_novel_training", [])

    write_page(
        out,
        f"Novelty report: {name}",
        open_scorer(arguments.model),
        rows,
        lambda chosen: load([paths[n] for n in chosen]),
        metrics=read_json(folder.metrics),
        history=read_json(folder.history)["metrics"],
        rejected=[(r["path"], r["reason"]) for r in read_table(folder.rejected)],
        advice=[_Said(one["text"]) for one in record.get("advice", [])],
        most_novel_training=novel,
        load_training=lambda chosen: load([novel[n]["path"] for n in chosen]),
        facts={"data digest": record["data_digest"], "seed": asked["seed"]},
    )
    console.result({"report": str(out)}, f"report        {out}")
    return DONE


class _Said:
    """Advice that was given before."""

    def __init__(self, text):
        self.text = text
