"""The rows of a CSV file that a component wrote."""

import csv

from pipeline.storage import StoragePath


def read_table(path):
    """Reads a table, as `WriteTable` writes it.

    Args:
        path: `StoragePath`, or what makes one, of a UTF-8 CSV file with a header.

    Returns:
        list of dict, one per row, from the names of the columns to str.
    """
    with StoragePath(path).open_text() as file:
        return list(csv.DictReader(file))
