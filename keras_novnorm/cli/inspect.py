"""`novnorm inspect`: what is in a model."""

import json
import pathlib


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "inspect",
        help="show preset, terms, threshold and calibration of a model",
        description=(
            "Show what is in a trained detector (a .keras file) or in an export (a "
            "version directory)."
        ),
        epilog="example: novnorm inspect detector.keras",
    )
    parser.add_argument("model", help="a .keras file or an export's version directory")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments):
    """Print the description of a model.

    Args:
        arguments: parsed arguments, `model` and `json`.

    Returns:
        Exit code 0.
    """
    card = load_card(pathlib.Path(arguments.model))
    print(json.dumps(card, indent=2) if arguments.json else render(card))
    return 0


def load_card(path):
    """The description of a model, from either of its forms.

    Args:
        path: a `.keras` file, or a version directory of an export.

    Returns:
        Dictionary, as `describe_detector` returns.

    Raises:
        FileNotFoundError: if there is nothing to inspect.
        ValueError: if the directory is not an export of a detector.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no model at {path}.")
    if path.is_dir():
        card = path / "assets.extra" / "detector.json"
        if not card.is_file():
            inside = sorted(child.name for child in path.iterdir())[:8]
            raise ValueError(
                f"{path} is not an export of a detector: it has no "
                f"assets.extra/detector.json. It holds: {inside}. Give the version "
                "directory itself, such as BASE_PATH/1."
            )
        return json.loads(card.read_text(encoding="utf-8"))
    # Only here: loading a detector takes seconds, reading a card does not.
    import keras

    import keras_novnorm
    from keras_novnorm.export.model_card import describe_detector

    detector = keras.saving.load_model(path)
    if not isinstance(detector, keras_novnorm.NoveltyDetector):
        raise ValueError(
            f"{path} holds a {type(detector).__name__}, not a NoveltyDetector."
        )
    return describe_detector(detector)


def render(card):
    """A description as text for people.

    Args:
        card: dictionary, as `describe_detector` returns.

    Returns:
        A string of several lines.
    """
    height, width, channels = card["image_shape"]
    lines = [
        f"preset        {card['preset'] or '(own networks)'}",
        f"images        {height} x {width}, {channels} channel(s)",
        f"parameters    {card['parameters']:,}",
        f"combination   {card['combination']}",
    ]
    for term in card["terms"]:
        after = "log of it" if term["normalized_after"] == "log" else "it"
        lines.append(
            f"term          {term['name']}: on normals {after} is "
            f"{term['mean_on_normals']:.4g} +- {term['deviation_on_normals']:.4g}"
        )
    if card["calibrated"]:
        lines += [
            f"threshold     {card['threshold']:.6g} in {card['threshold_unit']}",
            f"target rate   {card['target_fpr']:g} of normal images flagged",
            f"calibrated on {card['num_calibration_images']} held-out normal images",
        ]
    else:
        lines.append("threshold     none: not calibrated (`detector.calibrate`)")
    if card.get("restarts"):
        lines.append(f"restarts      {card['restarts']}, after a collapse each")
    if card["collapsed"]:
        signs = ", ".join(card.get("collapse_signs", [])) or "no sign recorded"
        lines.append(
            f"WARNING       training has collapsed ({signs}); scores mean little"
        )
    versions = ", ".join(
        f"{name} {number}" for name, number in card["versions"].items()
    )
    return "\n".join([*lines, f"versions      {versions}"])
