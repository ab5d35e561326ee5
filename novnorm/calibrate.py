"""`novnorm calibrate`: another threshold, without training."""

import argparse
import pathlib
import time
import warnings

from novnorm import common_options
from novnorm.console import Console
from novnorm.exit_code import DONE, NotUnderstoodError

EXAMPLES = """\
examples:
  novnorm calibrate novnorm-run --target-fpr 0.05
  novnorm calibrate novnorm-run new-normals/
  novnorm calibrate detector.keras new-normals/ --out detector-june.keras
  novnorm calibrate novnorm-run --back

Without DATA the threshold moves to another rate of false alarms, from the scores that
are kept: no score changes. With DATA, new normal pictures that training did not see,
the detector is calibrated anew: for when what is normal has changed. Earlier
calibrations are kept: `novnorm inspect` lists them, and --back puts one in the place of
the present one.
"""


_UPDATED = ("scores", "metrics", "export")


def add_parser(subparsers):
    """Add the subcommand to the parser of `novnorm`.

    Args:
        subparsers: what `ArgumentParser.add_subparsers` returned.
    """
    parser = subparsers.add_parser(
        "calibrate",
        help="move the threshold, or set it from new normals",
        description="Set the threshold of a trained detector; nothing is trained.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="a run's folder or .keras file")
    parser.add_argument(
        "data", metavar="DATA", nargs="?", help="held-out normal pictures"
    )
    common_options.add_data_options(parser)
    parser.add_argument(
        "--target-fpr",
        type=float,
        metavar="A",
        help="rate of false alarms to allow (default: as it is)",
    )
    parser.add_argument(
        "--back",
        type=int,
        nargs="?",
        const=1,
        metavar="N",
        help="put an earlier calibration back: the latest, or the Nth of `inspect`",
    )
    parser.add_argument(
        "--out",
        metavar="FILE.keras",
        help="default: in the place of MODEL; of a run, with its scores and metrics, "
        "and a new version of its export",
    )
    parser.add_argument("--no-export", action="store_true")
    common_options.add_output_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Set the threshold of a detector.

    Args:
        arguments: parsed arguments.

    Returns:
        Exit code.
    """
    from novnorm.load_model import (
        find_detector,
        load_detector,
        run_with_detector,
    )
    from novnorm.run_folder import save_detector
    from novnorm.score_table import write_table

    console = Console.of(arguments)
    _check(arguments)
    detector = load_detector(arguments.model)
    before = {"threshold": detector.threshold, "target_fpr": detector.target_fpr}
    target = arguments.target_fpr or (
        detector.target_fpr if detector.is_calibrated else 0.01
    )
    source, normals = None, []
    if arguments.back is not None:
        detector.restore_calibration(arguments.back)
        target = detector.target_fpr
    elif arguments.data:
        source, normals = _calibrate_anew(arguments, detector, target, console)
    else:
        detector.set_target_fpr(target)
    out = pathlib.Path(arguments.out or find_detector(arguments.model))
    save_detector(detector, out)
    earlier = detector.calibration_history.entries()
    document = {
        "detector": str(out),
        "before": before,
        "threshold": detector.threshold,
        "target_fpr": detector.target_fpr,
        "num_calibration_images": int(detector.calibration.num_scores.numpy()),
        "earlier_calibrations": earlier,
    }
    lines = [
        f"threshold     {detector.threshold:.6g} (was {before['threshold']:.6g}), for "
        f"{target:g} of normal pictures, from {document['num_calibration_images']} of "
        "them held out",
        f"detector      {out}",
    ]
    if earlier:
        lines.append(
            f"before        {len(earlier)} kept; `novnorm calibrate {out} --back` goes "
            "back to the latest"
        )
    run = None if arguments.out else run_with_detector(arguments.model)
    if run:
        if normals:
            rows = [{"path": one.path, "sha256": one.sha256} for one in normals]
            write_table(run.calibration, ["path", "sha256"], rows)
        document.update(_update_run(run, detector, source, arguments))
        lines += [
            f"{n.replace('_', ' '):<14}{document[n]}" for n in _UPDATED if n in document
        ]
        lines.append(f"next          novnorm report {run.folder}")
    console.result(document, "\n".join(lines))
    return DONE


def _check(arguments):
    target = arguments.target_fpr
    if target is not None and not 0 < target < 1:
        raise NotUnderstoodError(
            f"--target-fpr is a rate of false alarms between 0 and 1, not {target:g}."
        )
    if arguments.back is not None and (arguments.data or target is not None):
        raise NotUnderstoodError(
            "--back puts an earlier calibration back as it was: without DATA and "
            "--target-fpr."
        )
    if target is None and not arguments.data and arguments.back is None:
        raise NotUnderstoodError(
            "Say what to do: --target-fpr A moves the threshold, DATA calibrates anew, "
            "--back goes back to an earlier calibration."
        )
    if arguments.out and not arguments.out.endswith(".keras"):
        raise NotUnderstoodError(f"--out must end in .keras, unlike {arguments.out!r}.")


def _calibrate_anew(arguments, detector, target, console):
    from keras_novnorm.advice import advise_on_number_of_normals
    from keras_novnorm.detectors.calibrated_detector import CalibrationWarning
    from keras_novnorm.scoring.picture_scoring import calibrate_on_pictures
    from novnorm.labelled_pictures import LabelledPictures, seen_pictures
    from novnorm.open_data import open_data

    command = f"novnorm calibrate {arguments.model} {arguments.data}"
    opened = open_data(arguments, command)
    seen = seen_pictures(arguments.model, "train")
    pictures = LabelledPictures(opened, seen, common_options.max_pixels(arguments))
    normals = [one for one in pictures if not one.label]
    for path, reason in pictures.rejected:
        console.say(f"set aside: {path}: {reason}")
    why = ""
    if pictures.num_left_out:
        why = f"{pictures.num_left_out} left out: the run was trained on them. "
        console.say(why.strip())
    found = advise_on_number_of_normals(len(normals), target)
    if found:
        raise ValueError(f"Not calibrated. {why}{found.text}")
    _say_of_tested(arguments.model, normals, console)
    wrapped = console.progress(normals, len(normals), "calibrating")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CalibrationWarning)
        calibrate_on_pictures(detector, (one.image_bytes for one in wrapped), target)
    for one in caught:
        if issubclass(one.category, CalibrationWarning):
            console.say(f"WARNING: {one.message}")
    return opened.source.name, normals


def _say_of_tested(model, normals, console):
    from novnorm.labelled_pictures import seen_pictures

    tested = seen_pictures(model, "test") & {one.sha256 for one in normals}
    if tested:
        console.say(
            f"{len(tested)} are pictures that the run is tested on: its false alarms "
            "on them say less from now on"
        )


def _update_run(run, detector, source, arguments):
    """Brings what a run keeps to the new threshold, in seconds."""
    from keras_novnorm.export import export_saved_model
    from keras_novnorm.export.model_card import describe_detector
    from novnorm.evaluation import judge
    from novnorm.run_folder import read_json, write_json
    from novnorm.stored_scores import move_verdicts, output_names

    record = run.read_record()
    kept = record.get("calibration", {})
    earlier = [kept, *record.get("earlier_calibrations", [])] if kept else []
    if arguments.back is not None:
        # Told by its threshold: the run may have been calibrated elsewhere meanwhile.
        source = next(
            (e["source"] for e in earlier if e["threshold"] == detector.threshold), None
        )
    record["earlier_calibrations"] = earlier
    record["calibration"] = {
        "folds": 0 if source else kept.get("folds", 0),
        "source": source or kept.get("source"),
        "num_images": int(detector.calibration.num_scores.numpy()),
        "target_fpr": detector.target_fpr,
        "threshold": detector.threshold,
        "changed": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    found = {}
    if run.scores.is_file():
        rows = move_verdicts(run.scores, detector)
        metrics = judge(rows, output_names(rows), describe_detector(detector))
        before = read_json(run.metrics)
        # Of pixels there is nothing new: maps have not changed.
        pixels = {name: v for name, v in before.items() if name not in metrics}
        record["metrics"] = pixels | metrics
        write_json(run.metrics, record["metrics"])
        found.update(scores=str(run.scores), metrics=str(run.metrics))
    run.write_record(record)
    if run.export.is_dir() and not arguments.no_export and not detector.is_collapsed:
        found["export"] = str(export_saved_model(detector, run.export))
        run.write_record({**record, "export": found["export"]})
    return found
