"""The rows of a CSV file that a component wrote."""

import csv


def read_table(path):
    """Reads a table, as `WriteTable` writes it.

    Args:
        path: str or path of a UTF-8 CSV file with a header.

    Returns:
        list of dict, one per row, from the names of the columns to str.
    """
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
