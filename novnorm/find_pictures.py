"""The files that paths on a command line mean."""

import dataclasses
import glob
import os

from keras_novnorm.datasets.file_opener import FileOpener
from novnorm.exit_code import NotUnderstoodError


@dataclasses.dataclass(frozen=True)
class FoundPicture:
    """One file to score.

    Attributes:
        name: str, what it is called in tables: of a single folder, the path within it;
            otherwise the path as it was given, and what lies below it.
        file: str, where it is.
    """

    name: str
    file: str


def find_pictures(paths):
    """Lists the files that paths mean.

    A folder means all files below it, hidden ones left out; a pattern with `*`, `?` or
    `[` means what it matches, unless there is a file of that very name. No file is
    listed twice. A path that is not there is listed: it is set aside with the others
    that cannot be read.

    Args:
        paths: list of str.

    Returns:
        List of `FoundPicture`, in the order of the paths, sorted within each.

    Raises:
        NotUnderstoodError: a pattern matches nothing, or a folder is empty.
    """
    within = len(paths) == 1
    found = {}
    for path in paths:
        for picture in _below(path, within):
            found.setdefault(os.path.abspath(picture.file), picture)
    return list(found.values())


def _below(path, within):
    if os.path.isdir(path):
        return _in_folder(path, within)
    if os.path.exists(path) or not glob.has_magic(path):
        return [FoundPicture(path, path)]
    matched = sorted(glob.glob(path, recursive=True))
    if not matched:
        raise NotUnderstoodError(f"The pattern {path} matches no file.")
    found = []
    for one in matched:
        found += _in_folder(one, False) if os.path.isdir(one) else []
        found += [] if os.path.isdir(one) else [FoundPicture(one, one)]
    return found


def _in_folder(folder, within):
    files = FileOpener().files(folder)
    if not files:
        raise NotUnderstoodError(f"There is no file in the folder {folder}.")
    return [
        FoundPicture(
            file.path if within else os.path.join(folder, file.path),
            os.path.join(folder, file.path),
        )
        for file in files
    ]
