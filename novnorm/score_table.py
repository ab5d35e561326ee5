"""Tables of scored pictures, as CSV files that keep every bit."""

import csv
import io

import numpy as np

from novnorm.console import readable
from novnorm.run_folder import write_whole

AFTER_TERMS = ("p_value", "threshold", "is_novel")


def write_table(path, columns, rows):
    """Writes a CSV file in UTF-8, whole or not at all.

    Args:
        path: path of the file.
        columns: list of str, its header.
        rows: iterable of dictionaries; what a row lacks stays empty.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(column)) for column in columns])
    write_whole(path, text.getvalue())


def read_table(path):
    """Reads a CSV file that `write_table` wrote.

    Args:
        path: `pathlib.Path`.

    Returns:
        List of dictionaries of str.
    """
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cell(value):
    """A value as text: the shortest that gives the same float32 again.

    So `score > threshold` holds for the texts, read as numbers, as it did for the
    model's own.

    Args:
        value: str, bool, float, int or None.

    Returns:
        str.
    """
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else str(np.float32(value))
    return readable(str(value))


def order_outputs(outputs):
    """The names of a model's outputs in the order of a table's columns.

    Args:
        outputs: iterable of names, as `detector.predict` has them.

    Returns:
        List of str: the score, the terms, then the verdict.
    """
    names = list(outputs)
    terms = [n for n in names if n not in ("score", *AFTER_TERMS)]
    return ["score", *terms, *(n for n in AFTER_TERMS if n in names)]
