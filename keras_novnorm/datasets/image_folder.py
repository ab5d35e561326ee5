"""Pictures in a folder: flat, in class folders, or in the MVTec AD layout."""

import collections
import dataclasses
import os

from keras_novnorm.datasets.file_opener import FileOpener, is_passed_over
from keras_novnorm.datasets.folder_layout import NORMAL_CLASS, arrange
from keras_novnorm.datasets.mask_files import (
    MASK_FOLDER,
    find_masks,
    is_mask_folder,
)
from keras_novnorm.datasets.one_class_split import CALIBRATION, TEST, TRAIN
from keras_novnorm.datasets.read_file import read_file, read_mask_file
from keras_novnorm.datasets.source_image import (
    ImageSource,
    fingerprint_of,
)
from keras_novnorm.datasets.transcode import READ_KINDS


class ImageFolder(ImageSource):
    """Pictures below one folder, found recursively.

    Three layouts are told apart by what is there:

    - `train/CLASS/...` and `test/CLASS/...` (MVTec AD): the folder's own split, in
      whatever case. `validation/CLASS` or `val/CLASS` calibrates (MVTec LOCO), beside
      a test folder or in its place. Pictures directly in `train` or `validation` are
      of class `good`. Masks of novel pictures are looked for in `ground_truth`, if
      there is one (see `find_masks`); other folders are left alone.
    - `CLASS/...`: the first folder level names the class, deeper levels do not.
    - pictures only: all of them normal, class `good`.

    Which files are pictures is decided later, by their content. Hidden files and
    folders, `__MACOSX`, `Thumbs.db` and `desktop.ini` are passed over.

    Args:
        directory: str or path, the folder.
        opener: `FileOpener`, how its files are read.

    Attributes:
        layout: str, one sentence that says how the folder was understood.
        inner: list of str, full names of folders in it that look like data sets of
            their own, where it has none of these layouts itself.

    Raises:
        FileNotFoundError: there is no such folder, or no file in it.
    """

    def __init__(self, directory, opener=None):
        self._opener = opener or FileOpener()
        self.directory = self._opener.resolve(directory)
        self.name = f"folder:{directory}"
        if not self._opener.is_folder(self.directory):
            raise FileNotFoundError(f"No such folder: {self.directory}")
        self._listing = self._list()
        if not self._listing.elements:
            files = self._listing.statuses
            raise FileNotFoundError(
                f"No picture below {self.directory} (pattern **/*, hidden entries "
                f"left out): {_what_was_found(files)}. Expected are pictures, "
                "CLASS/pictures, or train/good/ with test/CLASS/ folders; "
                f"{READ_KINDS} are read, whatever their ending."
            )
        self.layout = self._listing.layout
        self.class_names = sorted({e.class_name for e in self._listing.elements})
        named = [n for n in self.class_names if n.lower() == NORMAL_CLASS]
        self.default_normal = named if len(named) == 1 else []
        splits = {element.split for element in self._listing.elements}
        self.has_test_split = TEST in splits
        self.has_calibration_split = CALIBRATION in splits
        self.inner = [
            self._opener.join(self.directory, name) for name in self._listing.inner
        ]

    def __getstate__(self):
        # Sent to every worker, most of which read and do not list.
        return {**vars(self), "_listing": None}

    def elements(self, wanted=None):
        listing = self._listing or self._list()
        for element in listing.elements:
            if wanted is None or wanted(element.class_name, element.split):
                yield element

    def read(self, element):
        element = dataclasses.replace(
            element, image_bytes=read_file(self._opener, self.directory, element.path)
        )
        return read_mask_file(self._opener, self.directory, element)

    def fingerprint(self):
        listing = self._listing or self._list()
        masks = sorted({path for e in listing.elements for path in _mask_paths(e)})
        paths = [element.path for element in listing.elements] + masks
        files = [[path, *listing.statuses[path]] for path in paths]
        expected = [
            [e.path, "|".join(_mask_paths(e)) or e.mask_problem]
            for e in listing.elements
        ]
        return fingerprint_of(["folder", files, expected if masks else []])

    def would_take(self, path):
        path = self._below(os.fspath(path))
        if path is None or any(map(is_passed_over, path.split("/"))):
            return False
        listing = self._listing or self._list()
        # Of the other files no more is needed than shows the layout.
        others = {
            file.split("/")[0] if "/" in file else "": file for file in listing.statuses
        }
        found = arrange([tuple(f.split("/")) for f in (*others.values(), path)])
        has_masks = self.has_test_split or self.has_calibration_split
        is_mask = has_masks and is_mask_folder(path.split("/")[0])
        return is_mask or any(element.path == path for element in found.elements)

    def _below(self, path):
        if ("://" in path) != ("://" in self.directory):
            return None
        path, folder = self._opener.resolve(path), self.directory
        for clean in (str, os.path.realpath):
            path, folder = clean(path), clean(folder)
            if path.startswith(folder.rstrip(os.sep) + os.sep):
                return os.path.relpath(path, folder).replace(os.sep, "/")
        return None

    def _list(self):
        files = self._opener.files(self.directory)
        found = arrange([tuple(file.path.split("/")) for file in files])
        elements = found.elements
        if any(element.split for element in elements):
            novel = [e.path for e in elements if _may_have_a_mask(e)]
            masks = find_masks((file.path for file in files), novel)
            elements = [_with_masks(element, masks) for element in elements]
        statuses = {file.path: (file.size, file.modified) for file in files}
        return _Listing(found.words, elements, statuses, found.inner)


@dataclasses.dataclass(frozen=True)
class _Listing:
    layout: str
    elements: list
    statuses: dict
    inner: list


def _may_have_a_mask(element):
    return element.split != TRAIN and element.class_name.lower() != NORMAL_CLASS


def _with_masks(element, masks):
    if element.path not in masks:
        return element
    first, *more = masks[element.path] or (None,)
    if first is None:
        problem = f"no file for it in {MASK_FOLDER}"
        return dataclasses.replace(element, mask_problem=problem)
    return dataclasses.replace(element, mask_path=first, more_mask_paths=tuple(more))


def _mask_paths(element):
    return [*filter(None, [element.mask_path]), *element.more_mask_paths]


def _what_was_found(files):
    if not files:
        return "no file at all"
    endings = collections.Counter(
        os.path.splitext(file)[1].lower() or "no ending" for file in files
    )
    listed = ", ".join(f"{count} {end}" for end, count in endings.most_common(8))
    return f"{len(files)} files ({listed}), none where pictures belong"
