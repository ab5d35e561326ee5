"""Sources' files on any file system that Beam knows."""

import fnmatch
import re

from keras_novnorm.datasets.file_opener import FileOpener, FoundFile, is_passed_over
from pipeline.storage.file_system import file_system
from pipeline.storage.storage_path import STORAGE_ERRORS, StoragePath


def storage_opener(data):
    """Gives what opens the files of a source.

    Args:
        data: str, the source's description, `folder:s3://bucket/parts`.

    Returns:
        `FileOpener` of this machine, or `StorageOpener` where a scheme is named.
    """
    return StorageOpener() if "://" in data else FileOpener()


class StorageOpener(FileOpener):
    """Files in buckets, by Beam's file systems."""

    def resolve(self, path):
        return str(StoragePath(path))

    def join(self, folder, path):
        return path if "://" in path else str(StoragePath(folder) / path)

    def parent(self, path):
        return str(StoragePath(path).parent)

    def is_folder(self, path):
        return bool(self._list(path))

    def files(self, folder):
        found = self._list(folder)
        return [f for f in found if not any(map(is_passed_over, f.path.split("/")))]

    def match(self, pattern):
        folder = re.split(r"[*?\[]", pattern)[0].rpartition("/")[0]
        found = [
            FoundFile(self.join(folder, f.path), f.size, f.modified)
            for f in self._list(folder)
        ]
        # As on a file system, a star does not cross a folder.
        depth = pattern.count("/")
        return [
            f
            for f in found
            if f.path.count("/") == depth and fnmatch.fnmatchcase(f.path, pattern)
        ]

    def look_at(self, folder, paths):
        # One listing costs less than a question for each file.
        below = {file.path: file for file in self._list(folder)}
        for path in paths:
            if path in below:
                yield below[path]
            else:
                yield FoundFile(path, *self._status(self.join(folder, path)))

    def open(self, path):
        try:
            return StoragePath(path).open()
        except STORAGE_ERRORS as error:
            raise _as_os_error(error) from error

    def _list(self, folder):
        place = StoragePath(folder)
        try:
            found = [
                FoundFile(
                    StoragePath(file.path).relative_to(place),
                    file.size_in_bytes,
                    file.last_updated_in_seconds,
                )
                for file in file_system(place.text)._list(place.text + "/")
            ]
        except STORAGE_ERRORS as error:
            raise _as_os_error(error) from error
        return sorted(found, key=lambda file: file.path)

    def _status(self, path):
        place = StoragePath(path)
        try:
            return place.size(), place.modified()
        except STORAGE_ERRORS:  # Set aside when it is read.
            return None, None


def _as_os_error(error):
    return error if isinstance(error, OSError) else OSError(str(error))
