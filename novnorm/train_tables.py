"""The tables and pictures that a training leaves in its run's folder."""

import os
import shutil

from novnorm.score_table import order_outputs, read_table, write_table

MOST_SHOWN = 20
_SPLITS = ("train", "calibration", "test")


def write_pictures(path, data):
    """Writes which picture went where.

    Args:
        path: path of the CSV file.
        data: `OneClassData`.
    """
    rows = [
        {
            "path": one.path,
            "class": one.class_name,
            "label": one.label,
            "split": split,
            "group": one.group,
            "sha256": one.sha256,
        }
        for split in _SPLITS
        for one in data.examples[split]
    ]
    columns = ["path", "class", "label", "split", "group", "sha256"]
    write_table(path, columns, sorted(rows, key=lambda row: row["path"]))


def read_splits(run):
    """Reads where the pictures of a run are, by whatever rule they came there.

    Args:
        run: `RunFolder`.

    Returns:
        dict from digests to splits, or None: nothing was split yet.
    """
    if not run.pictures.is_file():
        return None
    return {row["sha256"]: row["split"] for row in read_table(run.pictures)}


def write_rejected(path, data):
    """Writes what was set aside, and why: files, masks and copies.

    Args:
        path: path of the CSV file.
        data: `OneClassData`.
    """
    rows = [
        {"path": name, "reason": reason}
        for name, reason in data.rejected + data.refused_masks
    ]
    rows += [
        {"path": name, "reason": f"left out of {split}: an exact copy is of {other}"}
        for name, split, other in data.dropped
    ]
    write_table(path, ["path", "reason"], sorted(rows, key=lambda row: row["path"]))


def write_scores(path, evaluation):
    """Writes the scores of the held-out pictures.

    Args:
        path: path of the CSV file.
        evaluation: `Evaluation`.
    """
    outputs = order_outputs(evaluation.output_names)
    known = ["path", "class", "label", *outputs]
    others = sorted({name for row in evaluation.rows for name in row} - set(known))
    write_table(path, [*known, *others], evaluation.rows)


def show_pictures(folder, chosen, examples, scorer):
    """Puts training pictures that deserve a look, with heat maps, into a folder.

    Args:
        folder: `pathlib.Path`; what was there is gone.
        chosen: list of dict with `path`, the most novel first.
        examples: list of `ImageExample`, the training pictures.
        scorer: as `open_scorer` gives it.
    """
    from keras_novnorm.visualization import write_heat_map
    from keras_novnorm.visualization.rgb_picture import picture_of_file

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    by_path = {one.path: one for one in examples}
    shown = [by_path[one["path"]] for one in chosen[:MOST_SHOWN]]
    scored = scorer.score((one.image_bytes for one in shown), with_maps=True)
    for number, (one, found) in enumerate(zip(shown, scored, strict=True), 1):
        stem, _ = os.path.splitext(os.path.basename(one.path))
        content = one.image_bytes
        ending = ".jpg" if content.startswith(b"\xff\xd8") else ".png"
        (folder / f"{number:02d} {stem}{ending}").write_bytes(content)
        if found.anomaly_map is None:
            continue
        write_heat_map(
            folder / f"{number:02d} {stem} heat map.png",
            picture_of_file(content, scorer.card.get("value_range")),
            found.anomaly_map,
            scorer.map_scale,
            scorer.map_threshold,
        )
