"""Rows of scores as a table, JSON, JSON lines or CSV."""

import contextlib
import csv
import json
import math
import sys

_FIRST_COLUMNS = (
    "file",
    "score",
    "threshold",
    "is_novel",
    "p_value",
    "normalized_score",
)
_LAST_COLUMNS = ("map", "note", "error")
_LONGEST_CELL = 160


class Table:
    """Aligned columns, printed at the end: widths are known only then."""

    def __init__(self):
        self._rows = []

    def add(self, row):
        """Takes one picture's row, a dict."""
        self._rows.append(row)

    def close(self):
        """Prints the table."""
        if not self._rows:
            return
        _take_any_name(sys.stdout)
        rows = self._rows
        used = {name for row in rows for name in row if row[name] is not None}
        columns = [name for name in _columns(rows) if name in used]
        lines = [columns]
        lines += [[_cell(row.get(name)) for name in columns] for row in rows]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        for line in lines:
            cells = zip(line, widths, strict=True)
            print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


class Json:
    """One list of all rows, printed at the end."""

    def __init__(self):
        self._rows = []

    def add(self, row):
        """Takes one picture's row, a dict."""
        self._rows.append(row)

    def close(self):
        """Prints the list."""
        print(json.dumps(list(map(_finite, self._rows)), indent=1))


class JsonLines:
    """One JSON object a line, each written as it comes.

    Args:
        file: text file, open for writing.
    """

    def __init__(self, file):
        self._file = file

    def add(self, row):
        """Writes one picture's row, a dict."""
        print(json.dumps(_finite(row)), file=self._file, flush=True)

    def close(self):
        """Nothing waits."""


class Csv:
    """One row a picture, each written as it comes.

    The first scored picture says which columns there are; rows before it wait.

    Args:
        file: text file, open for writing, without translation of newlines.
    """

    def __init__(self, file):
        self._file = file
        self._writer = None
        self._waiting = []

    def add(self, row):
        """Writes one picture's row, a dict."""
        self._waiting.append(row)
        if row["error"] is None or self._writer is not None:
            self._flush()

    def close(self):
        """Writes what waits."""
        self._flush()

    def _flush(self):
        if self._writer is None:
            columns = _columns(self._waiting or [{"file": None, "error": None}])
            self._writer = csv.DictWriter(
                self._file, columns, "", "ignore", lineterminator="\n"
            )
            self._writer.writeheader()
        for row in self._waiting:
            error = " ".join((row["error"] or "").split())  # one line per picture
            self._writer.writerow({**row, "error": error})
        self._waiting = []
        self._file.flush()


@contextlib.contextmanager
def opened(path):
    """Opens a file for rows; names in it need not be UTF-8, the file is.

    Args:
        path: str, or `-` for standard output.

    Yields:
        text file.

    Raises:
        OSError: it cannot be opened.
    """
    if path == "-":
        _take_any_name(sys.stdout)
        yield sys.stdout
        return
    with open(
        path, "w", encoding="utf-8", errors="backslashreplace", newline=""
    ) as file:
        yield file


def _finite(row):
    # JSON has no NaN, which a picture without a finite score has.
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def short(text):
    """The first line of a text, cut where it is long.

    Args:
        text: str.

    Returns:
        str.
    """
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= _LONGEST_CELL else first[:_LONGEST_CELL] + "..."


def _columns(rows):
    """The columns in a fixed order: what matters first, `error` last."""
    names = {name for row in rows for name in row}
    first = [name for name in _FIRST_COLUMNS if name in names]
    last = [name for name in _LAST_COLUMNS if name in names]
    return [*first, *sorted(names - {*first, *last}), *last]


def _take_any_name(stream):
    """A file name that is no UTF-8 must not end the run."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return short(str(value))
