"""Files that are written piece by piece and appear as a whole or not at all."""

import contextlib
import os
import tempfile
import uuid

from apache_beam.io.filesystems import FileSystems

from pipeline.storage.storage_path import StoragePath

_WORK = ".writing-"  # What `StoragePath.files` leaves out.


@contextlib.contextmanager
def whole_file(path):
    """Gives a path on this machine to write a file to, of any size.

    Written twice at the same time, as by a worker that was taken for lost, the file
    is at every moment one of the two.

    Args:
        path: `StoragePath` at which the file appears when the block ends well.

    Yields:
        str, nothing there yet.
    """
    if not path.is_local:  # An object appears when it is closed.
        with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
            place = StoragePath(folder) / "file"
            yield place.text
            place.copy_file(path)
        return
    work = path.with_name(f"{_WORK}{uuid.uuid4().hex}-{path.name}")
    path.parent.make_folder()
    try:
        yield work.text
        with open(work.text, "rb") as file:
            os.fsync(file.fileno())
        FileSystems.rename([work.text], [path.text])
    except BaseException:
        work.delete()
        raise
