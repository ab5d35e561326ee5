"""Scores pictures from the command line: `python -m serving.client`.

The same from Python: `ScoringClient`.
"""

import argparse
import csv
import json
import sys

from serving import picture_files
from serving.scoring_client import ScoringClient, ScoringError

__all__ = ["ScoringClient", "ScoringError", "main"]

_FIRST_COLUMNS = (
    "file",
    "score",
    "threshold",
    "is_novel",
    "p_value",
    "normalized_score",
)
_LONGEST_ERROR = 160


def main(arguments=None):
    """Scores the pictures named on the command line.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        int, the exit status: 0 if all pictures were scored, 1 if some were not,
        2 if none could be.
    """
    options = _parse(arguments)
    files, others = picture_files.find(options.pictures)
    if others:
        print(f"{others} files in folders are no pictures", file=sys.stderr)
    if not files:
        print(f"no picture found in {options.pictures}", file=sys.stderr)
        return 2
    try:
        with ScoringClient(
            options.target,
            options.model,
            version=options.version,
            batch_size=options.batch_size,
            timeout=options.timeout,
        ) as client:
            rows = client.score_files(files)
    except ScoringError as error:
        print(f"{options.target}, model {options.model}: {error}", file=sys.stderr)
        return 2
    columns = _columns(rows)
    if options.csv:
        _write_csv(options.csv, rows, columns)
    if options.json:
        print(json.dumps(rows, indent=1))
    elif not options.csv:
        # A name that is no UTF-8 must not end the table.
        sys.stdout.reconfigure(errors="backslashreplace")
        _print_table(rows, columns)
    failed = [row for row in rows if row["error"] is not None]
    if failed:
        print(f"{len(failed)} of {len(rows)} could not be scored:", file=sys.stderr)
    for row in failed:
        print(f"  {row['file']!r}: {_short(row['error'])}", file=sys.stderr)
    return 1 if failed else 0


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m serving.client",
        description="Scores pictures on a running server. Higher is more novel; "
        "is_novel is score > threshold.",
        epilog="Exit status: 0 all scored, 1 some could not be, 2 none could be.",
    )
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="file, or folder to search")
    add("--target", default="127.0.0.1:8500", help="gRPC host:port (%(default)s)")
    add("--model", required=True, help="the model's name on the server")
    add("--version", type=int, help="a version (the newest)")
    add("--batch-size", type=_positive, default=32, help="a request (%(default)s)")
    add("--timeout", type=float, default=60.0, help="seconds a request (%(default)g)")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--csv", metavar="FILE", help="write UTF-8 CSV, one row a picture")
    return parser.parse_args(arguments)


def _positive(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text!r}")
    return int(text)


def _columns(rows):
    """The columns in a fixed order: what matters first, `error` last."""
    names = {name for row in rows for name in row} - {"error"}
    first = [name for name in _FIRST_COLUMNS if name in names]
    return [*first, *sorted(names - set(first)), "error"]


def _write_csv(path, rows, columns):
    # surrogateescape names on disk are no UTF-8; the file stays one.
    with open(
        path, "w", encoding="utf-8", errors="backslashreplace", newline=""
    ) as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            error = " ".join((row["error"] or "").split())  # one line per picture
            writer.writerow({**row, "error": error})


def _print_table(rows, columns):
    if all(row["error"] is None for row in rows):
        columns = columns[:-1]
    lines = [columns] + [[_cell(row.get(name)) for name in columns] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return _short(str(value))


def _short(text):
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= _LONGEST_ERROR else first[:_LONGEST_ERROR] + "..."


if __name__ == "__main__":
    sys.exit(main())
