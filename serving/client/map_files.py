"""Heat maps to files, one for each picture."""

import collections
import os
import tempfile

import numpy as np

from serving.client.heat_map import overlay
from serving.client.transcode import UnreadablePictureError, picture_to_show


class MapFiles:
    """Writes `NAME.png`, the map over its picture, and if wanted `NAME.npy`.

    Without a stated range the colours reach from 0 to the greatest value of the
    run, which is known at its end: until then the maps wait in a temporary folder.

    Args:
        folder: str, made if it is not there.
        files: list of str, the pictures that may come.
        value_range: (low, high) of the colours, or None.
        keep_values: bool, write `.npy` files too.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(self, folder, files, value_range=None, keep_values=False):
        os.makedirs(folder, exist_ok=True)
        self._folder = folder
        self._names = names(files)
        self._range = value_range
        self._keep_values = keep_values
        self._waiting = []
        self._greatest = 0.0
        self._temporary = None

    @property
    def value_range(self):
        """(float, float), the values of the first and the last colour."""
        return self._range or (0.0, self._greatest)

    def add(self, file, values):
        """Takes the map of one picture.

        Args:
            file: str, one of the files given.
            values: float array [H, W].

        Returns:
            str, the path of the picture that is, or will be, written.

        Raises:
            OSError: a file cannot be written.
        """
        path = os.path.join(self._folder, self._names[file])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if self._keep_values:
            np.save(f"{path}.npy", values)
        if self._range is not None:
            _write(file, values, f"{path}.png", self._range)
            return f"{path}.png"
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="novnorm-maps-")
        kept = os.path.join(self._temporary.name, f"{len(self._waiting)}.npy")
        np.save(kept, values)
        self._greatest = max(self._greatest, float(values.max(initial=0.0)))
        self._waiting.append((file, kept, f"{path}.png"))
        return f"{path}.png"

    def close(self):
        """Writes what waits.

        Returns:
            Tuple of int, how many maps waited, and a list of `(file, reason)` of those
            that could not be written.
        """
        unwritten = []
        try:
            for file, kept, path in self._waiting:
                try:
                    _write(file, np.load(kept), path, self.value_range)
                except OSError as error:
                    unwritten.append((file, error.strerror or str(error)))
            return len(self._waiting), unwritten
        finally:
            self._waiting = []
            if self._temporary is not None:
                self._temporary.cleanup()


def names(files):
    """Names for files about pictures, no two the same, whatever their folders.

    Args:
        files: list of str.

    Returns:
        dict of str to str: by file, its path below the folder that all share,
        without its ending where no other picture needs the same name.
    """
    whole = {file: os.path.abspath(file) for file in files}
    folders = {os.path.dirname(path) for path in whole.values()}
    root = os.path.commonpath(folders) if folders else ""
    below = {file: os.path.relpath(path, root) for file, path in whole.items()}
    # Without regard to case: on some disks `A.png` and `a.png` are one file.
    stems = collections.Counter(
        os.path.splitext(path)[0].casefold() for path in below.values()
    )
    found, used = {}, set()
    for file, path in below.items():
        stem = os.path.splitext(path)[0]
        name = wanted = stem if stems[stem.casefold()] == 1 else path
        number = 1
        while name.casefold() in used:
            number += 1
            name = f"{wanted}-{number}"
        used.add(name.casefold())
        found[file] = name
    return found


def _write(file, values, path, value_range):
    try:
        with open(file, "rb") as opened:
            picture = picture_to_show(opened.read())
    except UnreadablePictureError as error:
        # The server read it a moment ago.
        raise OSError(f"{file} can no longer be read: {error}") from error
    overlay(picture, values, *value_range).save(path, compress_level=1)
