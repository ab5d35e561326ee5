"""The scores that a run keeps, read back and brought to another threshold."""

import numpy as np

from novnorm.score_table import read_table, write_table

_TEXT = ("path", "class", "reason")


def read_rows(path):
    """Reads the scores of a run.

    Args:
        path: `pathlib.Path` of `scores.csv`.

    Returns:
        List of dict, as `Evaluation.rows`: the very float32 values that were written.
    """
    return [_typed(row) for row in read_table(path)]


def _typed(row):
    outputs = _output_names(row)
    typed = {name: text for name, text in row.items() if text != "" or name in _TEXT}
    for name in outputs:
        typed[name] = float(np.float32(row[name])) if row[name] else float("nan")
    typed["label"] = int(row["label"])
    typed["is_novel"] = row["is_novel"] == "true"
    return typed


def _output_names(row):
    """The columns from `score` to `threshold`, which `write_table` put side by side."""
    names = list(row)
    return names[names.index("score") : names.index("is_novel")]


def output_names(rows):
    """Returns list of str, the names of the model's outputs in the rows."""
    return [*_output_names(rows[0]), "is_novel"] if rows else []


def move_verdicts(path, detector):
    """Brings the table of a run to the detector's threshold and calibration.

    The scores stay as they are, to the last bit.

    Args:
        path: `pathlib.Path` of `scores.csv`.
        detector: `NoveltyDetector`, calibrated anew.

    Returns:
        List of dict, the new rows.
    """
    table = read_table(path)
    rows = [_typed(row) for row in table]
    if rows:
        scores = np.array([row["score"] for row in rows], "float32")
        found = {n: np.asarray(v) for n, v in detector.verdicts(scores).items()}
        for place, row in enumerate(rows):
            row.update({name: value[place].item() for name, value in found.items()})
        write_table(path, list(table[0]), rows)
    return rows
