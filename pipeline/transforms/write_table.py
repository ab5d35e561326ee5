"""Rows to one CSV file."""

import csv
import os
import pathlib

import apache_beam as beam


class WriteTable(beam.PTransform):
    """Writes rows, sorted, to one UTF-8 CSV file with a header.

    The file is written even where there is no row.

    Args:
        path: str or path.
        columns: list of str, the header; None: the keys of the first row.

    Returns:
        (from `expand`) PCollection of one int, the number of rows. Rows are tuples,
        or dicts where `columns` is None; the first column is what they are sorted by.
    """

    def __init__(self, path, columns=None):
        super().__init__()
        self._path = str(path)
        self._columns = columns

    def expand(self, rows):
        return (
            rows.pipeline
            | "Path" >> beam.Create([self._path])
            | "Write" >> beam.Map(_write, beam.pvalue.AsList(rows), self._columns)
        )


def _write(path, rows, columns):
    if columns is None:
        columns = list(rows[0]) if rows else []
        rows = [tuple(row[name] for name in columns) for row in rows]
    path = pathlib.Path(path)
    work = path.with_name(f".{path.name}")
    # Names that are not valid Unicode stay visible; they cannot be written as such.
    with open(
        work, "w", encoding="utf-8", errors="backslashreplace", newline=""
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(sorted(rows))
    os.replace(work, path)
    return len(rows)
