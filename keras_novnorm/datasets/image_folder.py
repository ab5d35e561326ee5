"""Pictures in a folder: flat, in class folders, or in the MVTec AD layout."""

import collections
import dataclasses
import os
import pathlib

from keras_novnorm.datasets.mask_files import MASK_FOLDER, find_masks
from keras_novnorm.datasets.source_image import (
    ImageSource,
    SourceImage,
    fingerprint_of,
)
from keras_novnorm.datasets.transcode import READ_KINDS, RejectedPictureError

NORMAL_CLASS = "good"
"""The class of a flat folder, and the normal class of the MVTec AD layout."""

_NO_PICTURES = {"thumbs.db", "desktop.ini", "__macosx"}


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

    Attributes:
        layout: str, one sentence that says how the folder was understood.

    Raises:
        FileNotFoundError: there is no such folder, or no file in it.
    """

    def __init__(self, directory):
        self.directory = os.path.abspath(os.fspath(directory))
        self.name = f"folder:{directory}"
        if not os.path.isdir(self.directory):
            raise FileNotFoundError(f"No such folder: {self.directory}")
        files = sorted(_walk(self.directory))
        parts = [_parts(file, self.directory) for file in files]
        self.layout, self._elements = _arrange(parts)
        if not self._elements:
            raise FileNotFoundError(
                f"No picture below {self.directory} (pattern **/*, hidden entries "
                f"left out): {_what_was_found(files, self.directory)}. Expected are "
                "pictures, CLASS/pictures, or train/good/ with test/CLASS/ folders; "
                f"{READ_KINDS} are read, whatever their ending."
            )
        self.class_names = sorted({e.class_name for e in self._elements})
        self.default_normal = [n for n in self.class_names if n == NORMAL_CLASS]
        self.has_test_split = any(e.split for e in self._elements)
        self._masks = {}
        if self.has_test_split:
            self._masks = find_masks(map("/".join, parts), NORMAL_CLASS)

    def elements(self, wanted=None):
        for element in self._elements:
            if wanted is None or wanted(element.class_name, element.split):
                yield element

    def read(self, element):
        element = dataclasses.replace(element, image_bytes=self._bytes(element.path))
        if element.path not in self._masks:
            return element
        mask = self._masks[element.path]
        if mask is None:
            problem = f"no file for it in {MASK_FOLDER}"
            return dataclasses.replace(element, mask_problem=problem)
        try:
            return dataclasses.replace(element, mask_bytes=self._bytes(mask))
        except RejectedPictureError as error:
            return dataclasses.replace(element, mask_problem=f"{mask} {error}")

    def _bytes(self, path):
        try:
            with open(os.path.join(self.directory, path), "rb") as file:
                return file.read()
        except OSError as error:
            raise RejectedPictureError(
                f"cannot be read: {error.strerror or error}"
            ) from error

    def fingerprint(self):
        files = []
        masks = sorted(set(filter(None, self._masks.values())))
        for path in [element.path for element in self._elements] + masks:
            files.append([path, *self._status(path)])
        found = [self._masks] if self._masks else []
        return fingerprint_of(["folder", files, *found])

    def _status(self, path):
        try:
            status = os.stat(os.path.join(self.directory, path))
        except OSError:  # A link to nowhere is set aside when it is read.
            return None, None
        return status.st_size, status.st_mtime_ns


def _walk(directory, seen=frozenset()):
    # Linked folders are followed, but never into themselves.
    real = os.path.realpath(directory)
    if real in seen:
        return
    with os.scandir(directory) as entries:
        entries = sorted(entries, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith(".") or entry.name.lower() in _NO_PICTURES:
            continue
        if entry.is_dir():
            yield from _walk(entry.path, seen | {real})
        else:
            yield entry.path


def _parts(file, directory):
    return pathlib.Path(os.path.relpath(file, directory)).parts


def _arrange(parts):
    tops = {p[0] for p in parts if len(p) > 1}
    if {"train", "test"} <= tops:
        chosen = [p for p in parts if p[0] in ("train", "test") and len(p) > 1]
        elements = [
            _element(p, p[1] if len(p) > 2 else _classless(p[0]), p[0]) for p in chosen
        ]
        others = sorted(tops - {"train", "test", MASK_FOLDER})
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


def _what_was_found(files, directory):
    if not files:
        return "no file at all"
    endings = collections.Counter(
        os.path.splitext(file)[1].lower() or "no ending" for file in files
    )
    listed = ", ".join(f"{count} {end}" for end, count in endings.most_common(8))
    return f"{len(files)} files ({listed}), none where pictures belong"
