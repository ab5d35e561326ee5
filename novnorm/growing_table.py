"""A table that grows as pictures are scored, and goes on where it was stopped."""

import csv
import hashlib
import json
import os
import pathlib

import numpy as np

from novnorm.score_table import AFTER_TERMS, cell


class GrowingTable:
    """A CSV file to which rows are added one by one.

    While it is not finished, a file beside it (`FILE.unfinished`) says of which command
    the rows are. Where that is the same command, its rows are kept and the rest is
    added; otherwise the table begins anew.

    Args:
        path: str, the CSV file; a pipe or a device is written to from the beginning.
        columns: list of str.
        command: JSON value that is the same where the rows would be.

    Attributes:
        rows: list of dict, the rows that an earlier start left, in their order.
        extras: list of JSON values, as `add` took them for these rows.
        began_anew: bool, whether there were rows of another command.
    """

    def __init__(self, path, columns, command):
        self._path = pathlib.Path(path)
        self._columns = columns
        self._is_file = not self._path.exists() or self._path.is_file()
        self._state = self._path.with_name(self._path.name + ".unfinished")
        text = json.dumps([columns, command], sort_keys=True, default=str)
        self._command = hashlib.sha256(text.encode()).hexdigest()
        self.rows, self.extras = [], []
        self.began_anew = False
        if self._is_file:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._take_up()
        self._open()

    def add(self, row, extra=None):
        """Adds a row; it is in the file when this returns.

        Args:
            row: dict; what it lacks stays empty.
            extra: JSON value to be kept with it until the table is finished.
        """
        if self._states is not None:
            # First: a row without it would be one that nobody can go on from.
            self._states.write(json.dumps(extra) + "\n")
            self._states.flush()
        self._writer.writerow([cell(row.get(name)) for name in self._columns])
        self._file.flush()

    def finish(self):
        """Closes the table: it is whole."""
        self.close()
        self._state.unlink(missing_ok=True)

    def close(self):
        """Closes the files; what is in them stays to go on from."""
        self._file.close()
        if self._states is not None:
            self._states.close()

    def _open(self):
        self._states = None
        if self._is_file:
            # The rest first: rows without it are of no finished table.
            self._states = self._state.open("w", encoding="utf-8")
            lines = [self._command, *self.extras]
            self._states.writelines(json.dumps(line) + "\n" for line in lines)
            self._states.flush()
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(self._columns)
        for row in self.rows:
            self._writer.writerow([cell(row.get(name)) for name in self._columns])
        self._file.flush()

    def _take_up(self):
        try:
            lines = self._state.read_text(encoding="utf-8").splitlines()
            table = self._path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return
        if not lines or lines[0] != json.dumps(self._command):
            self.began_anew = True
            return
        # A line that was being written when the machine went down is none.
        whole = table[: table.rfind("\n") + 1]
        rows = list(csv.DictReader(whole.splitlines(keepends=True)))
        extras = [_parsed(line) for line in lines[1:]]
        count = min(len(rows), len(extras))
        self.rows = [_typed(row, self._columns) for row in rows[:count]]
        self.extras = extras[:count]


def columns_of(card):
    """The columns of a table of scores.

    Args:
        card: dict, as `describe_detector` gives it.

    Returns:
        List of str: the name, the score and what it is made of, a note, the verdict,
        and why there is none. Programs that count columns from either end find what
        they found before there were notes.
    """
    terms = [term["name"] for term in card.get("terms", ())]
    scores = ["score", "normalized_score", *terms]
    return ["path", *scores, "note", *AFTER_TERMS, "reason"]


def state_of(file):
    """What tells a file from a changed one.

    Args:
        file: str.

    Returns:
        List of its size and when it was last written, or None: it is not there.
    """
    try:
        found = os.stat(file)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _typed(row, columns):
    typed = {"path": row["path"], "reason": row["reason"] or None}
    typed["note"] = row["note"] or None
    if typed["reason"]:
        return typed
    for name in set(columns) - typed.keys():
        if name == "is_novel":
            typed[name] = row[name] == "true"
        else:
            # Through float32, as it was written: the shortest digits of it.
            typed[name] = float(np.float32(row[name] or "nan"))
    return typed


def _parsed(line):
    try:
        return json.loads(line)
    except ValueError:
        return None
