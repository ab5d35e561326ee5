"""How a source gets at its files: on this machine, or by somebody who knows how."""

import contextlib
import dataclasses
import glob
import os
import shutil
import tempfile

_NO_PICTURES = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclasses.dataclass(frozen=True)
class FoundFile:
    """A file that a listing found.

    Attributes:
        path: str, below the folder that was listed, with `/`.
        size: int, bytes; None where it cannot be looked at.
        modified: when it was last written, int or float; None likewise.
    """

    path: str
    size: int | None
    modified: float | None


class FileOpener:
    """Files on this machine. A subclass reads them from elsewhere.

    Pickled with the sources to wherever they are read. All methods raise `OSError`
    where the storage refuses.
    """

    def resolve(self, path):
        """Returns str, the full name of a file or folder."""
        return os.path.abspath(os.fspath(path))

    def join(self, folder, path):
        """Returns str, the full name of a file below a folder, or of a full name."""
        return os.path.join(folder, path)

    def parent(self, path):
        """Returns str, the folder that a file lies in."""
        return os.path.dirname(path)

    def is_folder(self, path):
        """Returns bool, whether there is a folder."""
        return os.path.isdir(path)

    def files(self, folder):
        """Lists the files below a folder at any depth, hidden entries left out.

        Linked folders are followed. `__MACOSX`, `Thumbs.db` and `desktop.ini` are
        passed over.

        Args:
            folder: str, full name.

        Returns:
            List of `FoundFile`, sorted by path.
        """
        found = []
        for file in _walk(folder):
            path = os.path.relpath(file, folder).replace(os.sep, "/")
            found.append(FoundFile(path, *self._status(file)))
        return sorted(found, key=lambda file: file.path)

    def match(self, pattern):
        """Lists the files that a pattern with `*` and `?` matches.

        Args:
            pattern: str, full name.

        Returns:
            List of `FoundFile`, sorted; their paths are full names.
        """
        paths = sorted(glob.glob(pattern))
        return [FoundFile(p, *self._status(p)) for p in paths if os.path.isfile(p)]

    def look_at(self, folder, paths):
        """Looks at files that are known by name.

        Args:
            folder: str, full name, that most of them lie below.
            paths: iterable of str, as for `join`.

        Yields:
            `FoundFile`s in the same order.
        """
        for path in paths:
            yield FoundFile(path, *self._status(self.join(folder, path)))

    def open(self, path):
        """Opens a file.

        Args:
            path: str, full name.

        Returns:
            Binary file object.
        """
        return open(path, "rb")

    @contextlib.contextmanager
    def local(self, path):
        """Gives a name that libraries can open; a copy where the file is not here.

        Args:
            path: str, full name.

        Yields:
            str; a copy is gone afterwards.
        """
        if os.path.exists(path):
            yield path
            return
        with tempfile.NamedTemporaryFile(prefix="novnorm-") as copy:
            with self.open(path) as file:
                shutil.copyfileobj(file, copy, 2**20)
            copy.flush()
            yield copy.name

    def _status(self, path):
        try:
            status = os.stat(path)
        except OSError:  # A link to nowhere is set aside when it is read.
            return None, None
        return status.st_size, status.st_mtime_ns


def is_passed_over(name):
    """Says whether a file or folder is none that belongs to the data.

    Args:
        name: str, the last part of its path.

    Returns:
        bool, true for hidden entries and what systems leave behind.
    """
    return name.startswith(".") or name.lower() in _NO_PICTURES


def _walk(directory, seen=frozenset()):
    # Linked folders are followed, but never into themselves.
    real = os.path.realpath(directory)
    if real in seen:
        return
    with os.scandir(directory) as entries:
        entries = sorted(entries, key=lambda entry: entry.name)
    for entry in entries:
        if is_passed_over(entry.name):
            continue
        if entry.is_dir():
            yield from _walk(entry.path, seen | {real})
        else:
            yield entry.path
