"""Rows to one CSV file."""

import contextlib
import csv
import heapq
import itertools
import pickle
import tempfile

import apache_beam as beam

from pipeline.storage import StoragePath
from pipeline.storage.whole_file import whole_file

_SORTED_AT_ONCE = 100_000
_READ_AT_ONCE = 100


class WriteTable(beam.PTransform):
    """Writes rows, sorted, to one UTF-8 CSV file with a header.

    The file is written even where there is no row. It is one file, so one worker
    writes it; rows are sorted in pieces on its disk, and memory does not grow with
    their number.

    Args:
        path: `StoragePath`, or what makes one.
        columns: list of str, the header; None: the keys of the first row.

    Returns:
        (from `expand`) PCollection of one int, the number of rows. Rows are tuples,
        or dicts where `columns` is None; the first column is what they are sorted by.
        File names in them must be `readable`.
    """

    def __init__(self, path, columns=None):
        super().__init__()
        self._path = StoragePath(path)
        self._columns = columns

    def expand(self, rows):
        return (
            rows.pipeline
            | "Path" >> beam.Create([self._path])
            | "Write" >> beam.Map(_write, beam.pvalue.AsIter(rows), self._columns)
        )


def _write(path, rows, columns):
    rows = iter(rows)
    if columns is None:
        first = next(rows, None)
        columns = [] if first is None else list(first)
        rows = itertools.chain([] if first is None else [first], rows)
        rows = (tuple(row[name] for name in columns) for row in rows)
    count = 0
    with whole_file(path) as work, contextlib.ExitStack() as stack:
        file = stack.enter_context(open(work, "w", encoding="utf-8", newline=""))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in _sorted(rows, stack):
            writer.writerow(row)
            count += 1
    return count


def _sorted(rows, stack):
    pieces = []
    while piece := sorted(itertools.islice(rows, _SORTED_AT_ONCE)):
        if len(piece) < _SORTED_AT_ONCE and not pieces:
            return piece
        spilled = tempfile.TemporaryFile()  # noqa: SIM115 (closed by the stack)
        pieces.append(_spill(piece, stack.enter_context(spilled)))
    return heapq.merge(*pieces)


def _spill(piece, file):
    for start in range(0, len(piece), _READ_AT_ONCE):
        pickle.dump(piece[start : start + _READ_AT_ONCE], file)
    file.seek(0)
    return _read(file)


def _read(file):
    while True:
        try:
            yield from pickle.load(file)
        except EOFError:
            return
