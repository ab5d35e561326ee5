"""Copies on this machine of what lies elsewhere, for libraries that want paths."""

import contextlib
import tempfile

from pipeline.storage.storage_path import StoragePath


@contextlib.contextmanager
def local_copy(path, is_file=False):
    """Gives a path on this machine to read a file or a folder from.

    Args:
        path: `StoragePath`. A local one is given as it is, nothing is copied.
        is_file: bool, whether it is known to be a file; spares a question.

    Yields:
        str; a copy is gone afterwards.
    """
    if path.is_local:
        yield path.text
        return
    with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
        place = StoragePath(folder) / path.name
        files = [] if is_file else path.files()
        for file in files:
            file.copy_file(place / file.relative_to(path))
        if not files:
            path.copy_file(place)
        yield place.text


@contextlib.contextmanager
def local_files(paths):
    """Gives paths on this machine of several files.

    Args:
        paths: list of `StoragePath`.

    Yields:
        List of str in the same order; copies are gone afterwards.
    """
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(local_copy(path, True)) for path in paths]


@contextlib.contextmanager
def local_result(path):
    """Gives a path on this machine to write a file or a folder to.

    Args:
        path: `StoragePath` at which the result appears when the block ends well. A
            local one is given as it is, its folder made.

    Yields:
        str, nothing there yet.
    """
    if path.is_local:
        path.parent.make_folder()
        yield path.text
        return
    with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
        place = StoragePath(folder) / path.name
        yield place.text
        copy_tree(place, path)


def copy_tree(source, target):
    """Copies a file, or a folder with all below it.

    Args:
        source: `StoragePath` of a file or a folder.
        target: `StoragePath`.
    """
    files = source.files()
    for file in files:
        file.copy_file(target / file.relative_to(source))
    if not files:
        source.copy_file(target)
