"""Pictures in a folder: flat, in class folders, or in the MVTec AD layout."""

import collections
import dataclasses
import os

from keras_novnorm.datasets.file_opener import FileOpener, is_passed_over
from keras_novnorm.datasets.mask_files import MASK_FOLDER, find_masks
from keras_novnorm.datasets.read_file import read_file, read_mask_file
from keras_novnorm.datasets.source_image import (
    ImageSource,
    SourceImage,
    fingerprint_of,
)
from keras_novnorm.datasets.transcode import READ_KINDS

NORMAL_CLASS = "good"
"""The class of a flat folder, and the normal class of the MVTec AD layout."""


class ImageFolder(ImageSource):
    """Pictures below one folder, found recursively.

    Three layouts are told apart by what is there:

    - `train/CLASS/...` and `test/CLASS/...` (MVTec AD): the folder's own split.
      Pictures directly in `train` are of class `good`. Masks of the test pictures
      are looked for in `ground_truth`, if there is one (see `find_masks`); other
      folders are left alone.
    - `CLASS/...`: the first folder level names the class, deeper levels do not.
    - pictures only: all of them normal, class `good`.

    Which files are pictures is decided later, by their content. Hidden files and
    folders, `__MACOSX`, `Thumbs.db` and `desktop.ini` are passed over.

    Args:
        directory: str or path, the folder.
        opener: `FileOpener`, how its files are read.

    Attributes:
        layout: str, one sentence that says how the folder was understood.

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
        self.default_normal = [n for n in self.class_names if n == NORMAL_CLASS]
        self.has_test_split = any(e.split for e in self._listing.elements)

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
        masks = sorted({e.mask_path for e in listing.elements if e.mask_path})
        paths = [element.path for element in listing.elements] + masks
        files = [[path, *listing.statuses[path]] for path in paths]
        expected = [[e.path, e.mask_path or e.mask_problem] for e in listing.elements]
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
        _, elements = _arrange([tuple(f.split("/")) for f in (*others.values(), path)])
        is_mask = self.has_test_split and path.startswith(f"{MASK_FOLDER}/")
        return is_mask or any(element.path == path for element in elements)

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
        parts = [tuple(file.path.split("/")) for file in files]
        layout, elements = _arrange(parts)
        if any(element.split for element in elements):
            masks = find_masks((file.path for file in files), NORMAL_CLASS)
            elements = [_with_mask(element, masks) for element in elements]
        statuses = {file.path: (file.size, file.modified) for file in files}
        return _Listing(layout, elements, statuses)


_SPLITS = ("train", "test")


@dataclasses.dataclass(frozen=True)
class _Listing:
    layout: str
    elements: list
    statuses: dict


def _with_mask(element, masks):
    if element.path not in masks:
        return element
    mask = masks[element.path]
    if mask is None:
        problem = f"no file for it in {MASK_FOLDER}"
        return dataclasses.replace(element, mask_problem=problem)
    return dataclasses.replace(element, mask_path=mask)


def _arrange(parts):
    tops = {p[0] for p in parts if len(p) > 1}
    if set(_SPLITS) <= tops:
        chosen = [p for p in parts if p[0] in _SPLITS and len(p) > 1]
        elements = [
            _element(p, p[1] if len(p) > 2 else _classless(p[0]), p[0]) for p in chosen
        ]
        others = sorted(tops - {*_SPLITS, MASK_FOLDER})
        masks = f", masks in {MASK_FOLDER}" if MASK_FOLDER in tops else ""
        passed = f"; passed over: {', '.join(others)}" if others else ""
        return f"train/CLASS and test/CLASS folders{masks}{passed}", elements
    if "train" in tops and len(tops) == 1:
        chosen = [p for p in parts if len(p) > 1]
        elements = [
            _element(p, p[1] if len(p) > 2 else NORMAL_CLASS, None) for p in chosen
        ]
        return "a train folder without a test folder", elements
    if tops:
        elements = [_element(p, p[0] if len(p) > 1 else "", None) for p in parts]
        elements = [e for e in elements if e.class_name]
        beside = len(parts) - len(elements)
        note = f"; {beside} files beside them have no class and are passed over"
        return f"one folder per class{note if beside else ''}", elements
    elements = [_element(p, NORMAL_CLASS, None) for p in parts]
    return "a flat folder, all pictures normal", elements


def _classless(split):
    return NORMAL_CLASS if split == "train" else "unnamed"


def _element(parts, class_name, split):
    return SourceImage(path="/".join(parts), class_name=class_name, split=split)


def _what_was_found(files):
    if not files:
        return "no file at all"
    endings = collections.Counter(
        os.path.splitext(file)[1].lower() or "no ending" for file in files
    )
    listed = ", ".join(f"{count} {end}" for end, count in endings.most_common(8))
    return f"{len(files)} files ({listed}), none where pictures belong"
