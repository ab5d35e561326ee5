"""The lines of a CSV file that lists pictures."""

import codecs
import csv
import dataclasses
import io
import posixpath

from keras_novnorm.datasets.one_class_split import CALIBRATION, TEST, TRAIN

CLASS_COLUMNS = ("class", "class_name")
KNOWN_COLUMNS = ("path", "label", "split", "mask", "group", *CLASS_COLUMNS)

_SPLITS = {
    "train": TRAIN,
    "val": CALIBRATION,
    "validation": CALIBRATION,
    "calibration": CALIBRATION,
    "test": TEST,
}


@dataclasses.dataclass(frozen=True)
class ManifestRow:
    """One line.

    Attributes:
        number: int, of the line in the file, from 1.
        values: dict from the names of the columns to str, empty ones left out.
        problem: str or None, why the line cannot be used.
    """

    number: int
    values: dict
    problem: str | None = None

    @property
    def path(self):
        """str, the picture's file."""
        return self.values["path"]

    @property
    def class_name(self):
        """str or None, what a column for the class says."""
        found = (self.values.get(name) for name in CLASS_COLUMNS)
        return next(filter(None, found), None)

    @property
    def label(self):
        """str or None, what the column for the label says."""
        return self.values.get("label")

    def columns(self):
        """Returns dict of the columns that have no meaning of their own."""
        return {n: v for n, v in self.values.items() if n not in KNOWN_COLUMNS}


def read_rows(file, name):
    """Reads the lines of a manifest.

    Text is UTF-8, or UTF-16 with its mark; lines end as on any system.

    Args:
        file: binary file object; it is closed in the end.
        name: str, for messages.

    Yields:
        `ManifestRow`s.

    Raises:
        ValueError: no such CSV file; the text names the line.
    """
    with io.TextIOWrapper(file, encoding=_encoding(file), newline="") as lines:
        reader = csv.reader(lines, strict=True)
        start, header, seen = 1, None, {}
        try:
            for values in reader:
                if header is None:
                    header = _check_header(name, values)
                elif any(values):
                    yield _read_row(name, start, header, values, seen)
                start = reader.line_num + 1
        except (csv.Error, UnicodeError) as error:
            raise ValueError(
                f"{name}, line {start}: cannot be read as CSV in UTF-8 ({error})."
            ) from error


def as_here(path):
    """A path as it is written here: Windows separates folders by backslashes.

    Args:
        path: str.

    Returns:
        str, with slashes.
    """
    if "\\" not in path:
        return path
    return posixpath.normpath(path.replace("\\", "/"))


def _encoding(file):
    start = file.read(2)
    file.seek(0)
    return (
        "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    )


def _check_header(name, header):
    header = [column.strip().lower() for column in header]
    if "path" not in header or not {"label", *CLASS_COLUMNS} & set(header):
        raise ValueError(
            f"{name}, line 1: the columns must have names, separated by commas, among "
            f"them `path`, and `class` or `label`; received {', '.join(header)!r}."
        )
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise ValueError(
            f"{name}, line 1: columns must differ; {', '.join(repeated)} is repeated."
        )
    return header


def _read_row(name, number, header, values, seen):
    if len(values) != len(header):
        problem = f"{len(values)} columns, the first line has {len(header)}"
        return ManifestRow(number, {}, problem)
    values = {k: v.strip() for k, v in zip(header, values, strict=True) if v.strip()}
    split = values.get("split", "train")
    if split.lower() not in _SPLITS:
        raise ValueError(
            f"{name}, line {number}: `split` must be {', '.join(_SPLITS)} or empty; "
            f"received {split!r}. Where none says otherwise, a share of the train "
            "pictures calibrates."
        )
    if "split" in values:
        values["split"] = _SPLITS[split.lower()]
    for column in ("path", "mask"):
        if column in values:
            values[column] = as_here(values[column])
    row = ManifestRow(number, values)
    problem = None
    if "path" not in values:
        problem = "no path"
    elif row.class_name is None and row.label is None:
        problem = f"no class and no label for {row.path}"
    elif seen.setdefault(row.path, number) != number:
        problem = f"{row.path} is listed in line {seen[row.path]} already"
    return ManifestRow(number, values, problem)
