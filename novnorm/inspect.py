"""`novnorm inspect`: what is in a model."""

import argparse
import json
import pathlib

from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE
from novnorm.load_model import find_detector, is_export, run_of
from novnorm.quiet_tensorflow import import_tensorflow_quietly

EXAMPLES = """\
examples:
  novnorm inspect novnorm-run
  novnorm inspect detector.keras --json
  novnorm inspect novnorm-run/export/1
"""


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "inspect",
        help="show preset, terms, threshold and calibration of a model",
        description=(
            "Show what is in a trained detector (a run's folder or a .keras file) or "
            "in an export (a version folder)."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a run's folder, a .keras file or an export's version folder",
    )
    common_options.add_output_options(parser)
    # Reading the card of an export takes no time; Keras would.
    parser.set_defaults(run=run, needs_keras=False)


def run(arguments):
    """Print the description of a model.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    card = load_card(arguments.model)
    Console.of(arguments).result(card, render(card))
    return DONE


def load_card(model):
    """The description of a model, from any of its forms.

    Args:
        model: str, a run's folder, a `.keras` file, or a version folder of an export.

    Returns:
        Dictionary, as `describe_detector` returns; of a model of a run, with `run`:
        where its data and its calibration came from.

    Raises:
        FileNotFoundError: if there is nothing to inspect.
        ValueError: if it is no model of a detector.
    """
    path = pathlib.Path(model)
    if is_export(path):
        card = path / "assets.extra" / "detector.json"
        if not card.is_file():
            raise ValueError(
                f"{path} is not an export of a detector: it has no "
                "assets.extra/detector.json."
            )
        return json.loads(card.read_text(encoding="utf-8")) | _of_run(model)
    find_detector(model)
    # Only here: loading a detector takes seconds, reading a card does not.
    import_tensorflow_quietly()
    from keras_novnorm.export.model_card import describe_detector
    from novnorm.load_model import load_detector

    return describe_detector(load_detector(model)) | _of_run(model)


def _of_run(model):
    run = run_of(model)
    if run is None:
        return {}
    record = run.read_record()
    names = ("data_digest", "calibration", "chosen", "seconds")
    found = {name: record[name] for name in names if name in record}
    found["data"] = record["asked"]["data"]
    return {"run": found}


def render(card):
    """A description as text for people.

    Args:
        card: dictionary, as `load_card` returns.

    Returns:
        A string of several lines.
    """
    height, width, channels = card["image_shape"]
    lines = [
        f"method        {card.get('method', 'novelty')}",
        f"preset        {card['preset'] or '(own networks)'}",
        f"images        {height} x {width}, {channels} channel(s), by "
        f"{card.get('resize', 'stretch')}",
        *_values(card),
        f"parameters    {card['parameters']:,}",
        *(f"{name:<13} {value}" for name, value in _facts(card).items()),
    ]
    for term in card.get("terms", ()):
        after = "log of it" if term["normalized_after"] == "log" else "it"
        lines.append(
            f"term          {term['name']}: on normals {after} is "
            f"{term['mean_on_normals']:.4g} +- {term['deviation_on_normals']:.4g}"
        )
    if "score_min" in card:
        lines.append(
            f"extremes      {card['score_min']:.4g} to {card['score_max']:.4g}, kept "
            "of the scores of normals"
        )
    lines += _calibration(card)
    if card.get("restarts"):
        lines.append(f"restarts      {card['restarts']}, after a collapse each")
    if card["collapsed"]:
        signs = ", ".join(card.get("collapse_signs", [])) or "no sign recorded"
        lines.append(
            f"WARNING       training has collapsed ({signs}); scores mean little"
        )
    if "run" in card:
        lines += _run(card["run"])
    versions = ", ".join(
        f"{name} {number}" for name, number in card["versions"].items()
    )
    return "\n".join([*lines, f"versions      {versions}"])


def _facts(card):
    # Exports of before knew one method.
    return card["facts"] if "facts" in card else {"combination": card["combination"]}


def _values(card):
    if not card.get("value_range"):
        return []
    from keras_novnorm.datasets.value_range import in_words

    return [f"values        {in_words(card['value_range'])}"]


def _calibration(card):
    if not card["calibrated"]:
        return ["threshold     none: not calibrated (`novnorm calibrate MODEL FOLDER`)"]
    lines = [
        f"threshold     {card['threshold']:.6g} in {card['threshold_unit']}",
        *([f"margin        {card['margin']:.3g}"] if "margin" in card else []),
        f"target rate   {card['target_fpr']:g} of normal images flagged",
        f"calibrated on {card['num_calibration_images']} held-out normal images",
    ]
    if card.get("map_threshold") is not None:
        lines.append(
            f"map threshold {card['map_threshold']:.4g}: above it a pixel is novel; "
            f"colours go up to {card['map_scale']:.4g}"
        )
    if card.get("calibrated_at"):
        lines.append(f"calibrated at {card['calibrated_at']}")
    for number, one in enumerate(card.get("earlier_calibrations", ()), 1):
        made = f", of {one['made']}" if one["made"] else ""
        lines.append(
            f"before, {number:<6}threshold {one['threshold']:.6g} for "
            f"{one['target_fpr']:g} of normal images, from "
            f"{one['num_calibration_images']}{made} (`novnorm calibrate MODEL --back "
            f"{number}`)"
        )
    return lines


def _run(run):
    lines = [f"data          {run['data']}"]
    if "data_digest" in run:
        lines.append(f"data digest   {run['data_digest']}")
    if "calibration" in run:
        lines.append(f"calibration   from {run['calibration']['source']}")
    return lines
