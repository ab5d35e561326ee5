"""One file or folder, on this machine or in a bucket, by Beam's file systems."""

import dataclasses
import io
import os
import posixpath
import shutil
import uuid

from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems

from pipeline.storage.file_system import file_system

_PLAIN = CompressionTypes.UNCOMPRESSED
_WORK = ".writing-"


@dataclasses.dataclass(frozen=True, order=True)
class StoragePath:
    """A place in storage. All that the pipeline keeps is read and written through it.

    Local places are paths, others have a scheme that Beam knows (`gs://`, `s3://`,
    `hdfs://`), with its extra installed. Folders need not be made before a file is
    written into them, and are not there in buckets.

    Args:
        text: str, path or `StoragePath`; local paths are made absolute.

    Example:
        >>> root = StoragePath("s3://bucket/runs")
        >>> (root / "run.json").write_text("{}")
        >>> [str(file) for file in root.files()]
        ['s3://bucket/runs/run.json']
    """

    text: str

    def __post_init__(self):
        text = os.fspath(self.text) if not isinstance(self.text, StoragePath) else ""
        text = text or str(self.text)
        if FileSystems.get_scheme(text) is None:
            text = os.path.abspath(text)
        object.__setattr__(self, "text", text.rstrip("/") or "/")

    def __str__(self):
        return self.text

    def __fspath__(self):
        if not self.is_local:
            raise TypeError(f"{self.text} is not on this machine; see `local_copy`.")
        return self.text

    def __truediv__(self, part):
        return StoragePath(posixpath.join(self.text, str(part)))

    @property
    def is_local(self):
        """bool, whether it is on this machine's file system."""
        return FileSystems.get_scheme(self.text) is None

    @property
    def name(self):
        """str, the last part."""
        return posixpath.basename(self.text)

    @property
    def parent(self):
        """`StoragePath`, all but the last part."""
        return StoragePath(posixpath.dirname(self.text))

    def with_name(self, name):
        """Returns `StoragePath` beside this one."""
        return self.parent / name

    def relative_to(self, folder):
        """Returns str, the parts below a folder that this one lies in."""
        return posixpath.relpath(self.text, str(folder))

    def open(self):
        """Opens a file for reading.

        Returns:
            Binary file object, buffered.
        """
        return self._system().open(self.text, compression_type=_PLAIN)

    def create(self):
        """Opens a file for writing; the folder is made where there are folders.

        A file that is being written can be seen half written on a local file system:
        see `write_bytes`.

        Returns:
            Binary file object.
        """
        return self._system().create(self.text, compression_type=_PLAIN)

    def read_bytes(self):
        """Returns bytes, the content of a file."""
        with self.open() as file:
            return file.read()

    def read_text(self, errors="strict"):
        """Returns str, the content of a UTF-8 file."""
        return self.read_bytes().decode("utf-8", errors)

    def open_text(self):
        """Opens a UTF-8 file for reading line by line, line ends untouched."""
        return io.TextIOWrapper(self.open(), encoding="utf-8", newline="")

    def write_bytes(self, content):
        """Writes a file that is there as a whole or not at all.

        Args:
            content: bytes.
        """
        if not self.is_local:  # An object appears when it is closed.
            with self.create() as file:
                file.write(content)
            return
        work = self.with_name(f"{_WORK}{uuid.uuid4().hex}-{self.name}")
        try:
            with work.create() as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            FileSystems.rename([work.text], [self.text])
        except BaseException:
            work.delete()
            raise

    def write_text(self, text, errors="strict"):
        """Writes a UTF-8 file that is there as a whole or not at all."""
        self.write_bytes(text.encode("utf-8", errors))

    def exists(self):
        """Whether there is a file, or on a local file system a folder."""
        return self._system().exists(self.text)

    def files(self):
        """Lists the files below a folder, at any depth, those half written left out.

        Returns:
            List of `StoragePath`, sorted.
        """
        return sorted(self.sizes_by_path())

    def sizes_by_path(self):
        """Returns dict from each of `files` to its size in bytes."""
        found = self._system()._list(self.text + "/")
        return {
            StoragePath(one.path): one.size_in_bytes
            for one in found
            if not posixpath.basename(one.path).startswith(_WORK)
        }

    def sizes(self):
        """Returns dict from the name of each file below, as str, to its size."""
        sizes = self.sizes_by_path()
        return {path.relative_to(self): sizes[path] for path in sorted(sizes)}

    def folders(self):
        """Returns sorted list of str, the names of the folders directly below."""
        if self.is_local:
            try:
                with os.scandir(self.text) as entries:
                    return sorted(entry.name for entry in entries if entry.is_dir())
            except FileNotFoundError:
                return []
        names = [file.relative_to(self).split("/") for file in self.files()]
        return sorted({parts[0] for parts in names if len(parts) > 1})

    def rename(self, target):
        """Moves a local file or folder in one step.

        Args:
            target: `StoragePath` on the same file system; nothing is there yet.
        """
        FileSystems.rename([self.text], [target.text])

    def make_folder(self):
        """Makes a folder and those above it, where there are folders."""
        if self.is_local:
            os.makedirs(self.text, exist_ok=True)

    def modified(self):
        """Returns float, when a file was last written, seconds since 1970."""
        return self._system().last_updated(self.text)

    def size(self):
        """Returns int, the size of a file in bytes."""
        return self._system().size(self.text)

    def delete(self):
        """Deletes a file or a folder with all below it; nothing there is no error."""
        if self.is_local:
            if os.path.isdir(self.text) and not os.path.islink(self.text):
                shutil.rmtree(self.text, ignore_errors=True)
            elif os.path.lexists(self.text):
                os.remove(self.text)
            return
        paths = [file.text for file in self.files()]
        if self.exists():
            paths.append(self.text)
        if paths:
            self._system().delete(paths)

    def copy_file(self, target):
        """Copies one file, whatever the two file systems.

        Args:
            target: `StoragePath` of the file to write.
        """
        with self.open() as source, target.create() as sink:
            shutil.copyfileobj(source, sink, 2**20)

    def _system(self):
        return file_system(self.text)


STORAGE_ERRORS = (OSError, BeamIOError)
"""What reading and writing raise when the storage refuses."""
