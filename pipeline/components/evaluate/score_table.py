"""The scores of an evaluation as arrays."""

import csv
import dataclasses
import itertools

import numpy as np


@dataclasses.dataclass(frozen=True)
class ScoreTable:
    """Columns of N scored pictures.

    Attributes:
        paths: list of str.
        class_names: list of str.
        labels: int8 array [N], 0 normal and 1 novel.
        scores: float64 array [N].
        p_values: float64 array [N], NaN where the model has none.
        is_novel: bool array [N], the verdicts.
    """

    paths: list
    class_names: list
    labels: np.ndarray
    scores: np.ndarray
    p_values: np.ndarray
    is_novel: np.ndarray


def read_scores(files, most=None):
    """Reads scores, line by line: text takes many times the room.

    Args:
        files: list of `StoragePath`, see `EvaluateOutputs.score_files`.
        most: int or None, the most pictures that are read, the first ones.

    Returns:
        `ScoreTable`.
    """
    names, paths, classes, labels, scores, p_values, flags = {}, [], [], [], [], [], []
    for row in itertools.islice(_rows(files), most):
        paths.append(row["path"])
        # One string for each class, not for each picture.
        classes.append(names.setdefault(row["class_name"], row["class_name"]))
        labels.append(row["label"] == "1")
        scores.append(float(row["score"]))
        p_values.append(float(row.get("p_value") or "nan"))
        flags.append(row["is_novel"] == "True")
    return ScoreTable(
        paths,
        classes,
        np.array(labels, "int8"),
        np.array(scores, "float64"),
        np.array(p_values, "float64"),
        np.array(flags, bool),
    )


def _rows(files):
    for file in files:
        with file.open_text() as text:
            yield from csv.DictReader(text)
