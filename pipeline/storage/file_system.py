"""Beam's file system of a path; of S3, with one client for a thread."""

import contextlib
import threading

from apache_beam.io.filesystem import BeamIOError, FileMetadata
from apache_beam.io.filesystems import FileSystems

from pipeline.storage.s3_stream import open_s3, os_errors

_S3 = "s3://"
_OF_THREAD = threading.local()


def file_system(path):
    """Gives what reads and writes a path.

    Args:
        path: str.

    Returns:
        `apache_beam.io.filesystem.FileSystem`, or `S3Files`.
    """
    found = FileSystems.get_filesystem(path)
    return S3Files(found._options) if path.startswith(_S3) else found


class S3Files:
    """Files in S3, as `apache_beam.io.aws.s3filesystem.S3FileSystem` has them.

    That one makes a client for each call, which takes a quarter of a second: longer
    than reading a picture. Here each thread keeps its own; what a client knows of
    the file it reads must not be shared.

    Args:
        options: Beam's pipeline options.
    """

    def __init__(self, options):
        self._options = options

    def open(self, path, compression_type=None):
        """Opens a file for reading; as it is, whatever its ending."""
        return open_s3(self._client(), path)

    def create(self, path, compression_type=None):
        """Opens a file for writing; it appears when it is closed."""
        with os_errors(path):
            return self._client().open(path, "wb")

    def exists(self, path):
        """Whether there is a file."""
        with _errors_of(path):
            return self._client().exists(path)

    def size(self, path):
        """Returns int, bytes."""
        with _errors_of(path):
            return self._client().size(path)

    def last_updated(self, path):
        """Returns float, seconds since 1970."""
        with _errors_of(path):
            return self._client().last_updated(path)

    def delete(self, paths):
        """Deletes files."""
        found = self._client().delete_paths(paths)
        refused = {path: error for path, error in found.items() if error is not None}
        if refused:
            raise BeamIOError("Delete operation failed", refused)

    def _list(self, prefix):
        with _errors_of(prefix):
            found = self._client().list_files(prefix, with_metadata=True)
            for path, (size, updated) in found:
                yield FileMetadata(path, size, updated)

    def _client(self):
        from apache_beam.io.aws.s3io import S3IO

        kept = getattr(_OF_THREAD, "kept", None)
        if kept is None or kept[0] is not self._options:
            kept = _OF_THREAD.kept = self._options, S3IO(options=self._options)
        return kept[1]


@contextlib.contextmanager
def _errors_of(path):
    try:
        yield
    except Exception as error:
        raise BeamIOError("S3 operation failed", {path: error}) from error
