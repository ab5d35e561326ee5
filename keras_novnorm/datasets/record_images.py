"""Pictures in TFRecord files of `tf.train.Example`s."""

import json
import re

import tensorflow as tf

from keras_novnorm.datasets.class_labels import ClassLabels
from keras_novnorm.datasets.file_opener import FileOpener
from keras_novnorm.datasets.record_file import iterate_records
from keras_novnorm.datasets.source_image import (
    ImageSource,
    SourceImage,
    fingerprint_of,
)

_IMAGE = ("image_bytes", "image/encoded", "image")
_CLASS = ("class_name", "image/class/text", "class")
_LABEL = ("label", "image/class/label")
_PATH = ("path", "image/filename")
_NO_CLASS = "?"


class RecordImages(ImageSource):
    """Pictures in TFRecord files: our own, tensorflow-datasets', or of the like.

    A picture's file is the feature `image_bytes`, `image/encoded` or `image`; its
    class `class_name`, `image/class/text` or `class`, or else the label, `label` or
    `image/class/label` (see `ClassLabels`). Optional are `path` or `image/filename`,
    `group`, `split` ("train", "calibration" or "test"), `mask_bytes` and `columns`
    (JSON).

    All files are read once to know the classes. What lies behind a damage in a file
    cannot be read, and is set aside, as are records without a picture or a class.

    Args:
        pattern: str, of the files, with `*`.
        opener: `FileOpener`, how files are read.

    Raises:
        FileNotFoundError: no file matches, or there is no picture in them.
    """

    def __init__(self, pattern, opener=None):
        self._opener = opener or FileOpener()
        self.name = f"tfrecord:{pattern}"
        pattern = self._opener.resolve(pattern)
        self._folder = re.split(r"[*?\[]", pattern)[0].rpartition("/")[0]
        self._files = self._opener.match(pattern)
        if not self._files:
            raise FileNotFoundError(f"No TFRecord file matches {pattern}.")
        self._labels, splits, self._repeated = ClassLabels(), set(), set()
        count = self._scan(splits)
        self.class_names = self._labels.all_classes()
        if not self.class_names:
            raise FileNotFoundError(
                f"No picture in the {len(self._files)} files of {pattern}: expected "
                f"are features {', '.join(_IMAGE)} with {', '.join(_CLASS + _LABEL)}."
            )
        self.default_normal = self._labels.normal_classes()
        self.has_test_split = "test" in splits
        self.has_calibration_split = "calibration" in splits
        self._has_splits = self.has_test_split or self.has_calibration_split
        self.layout = f"{len(self._files)} files, {count} records"

    def elements(self, wanted=None):
        for file, number, record in self._records():
            element = self._element(file, number, record)
            if wanted is None or wanted(element.class_name, element.split):
                yield element

    def fingerprint(self):
        files = [[file.path, file.size, file.modified] for file in self._files]
        return fingerprint_of(["tfrecord", files])

    def _scan(self, splits):
        paths, count = set(), 0
        for file, number, record in self._records():
            count += not isinstance(record, str)
            found = _read(record)
            if "problem" in found:
                continue
            splits.add(found["split"])
            if found["path"] in paths:
                self._repeated.add((file.path, number))
            elif found["path"]:
                paths.add(found["path"])
            self._labels.see(found["class_name"], found["label"])
        return count

    def _element(self, file, number, record):
        found = _read(record)
        place = f"{file.path.removeprefix(self._folder).lstrip('/')}/{number:06d}"
        if "problem" in found:
            return SourceImage(place, _NO_CLASS, problem=found["problem"])
        path = found["path"] or place
        if (file.path, number) in self._repeated:
            path = f"{path} ({place})"
        return SourceImage(
            path=path,
            class_name=self._labels.class_of(found["class_name"], found["label"]),
            split=(found["split"] or "train") if self._has_splits else None,
            group=found["group"],
            image_bytes=found["image_bytes"],
            mask_bytes=found["mask_bytes"],
            columns=found["columns"],
        )

    def _records(self):
        """Records in order; in the place of a damage, why there are no more."""
        for file in self._files:
            number = 0
            try:
                with self._opener.local(file.path) as path:
                    for record in iterate_records(path):
                        yield file, number, record
                        number += 1
            except (tf.errors.OpError, OSError) as error:
                text = str(getattr(error, "message", error)).split("\n")[0]
                yield file, number, f"cannot be read from record {number} on: {text}"


def _read(record):
    if isinstance(record, str):
        return {"problem": record}
    try:
        feature = tf.train.Example.FromString(record).features.feature
    except Exception as error:
        return {"problem": f"a record that is no tf.train.Example ({error})"}
    found = {
        "image_bytes": _first(feature, _IMAGE),
        "class_name": _text(_first(feature, _CLASS)),
        "label": _text(_first(feature, _LABEL)),
        "path": _text(_first(feature, _PATH)),
        "group": _text(_first(feature, ("group",))),
        "split": _text(_first(feature, ("split",))),
        "mask_bytes": _first(feature, ("mask_bytes",)),
        "columns": _columns(_first(feature, ("columns",))),
    }
    if found["image_bytes"] is None:
        return {"problem": f"a record without {' or '.join(_IMAGE)}"}
    if found["class_name"] is None and found["label"] is None:
        return {"problem": f"a record without {' or '.join(_CLASS + _LABEL)}"}
    if found["class_name"] is not None:
        found["label"] = None  # It may be the number of the class as well.
    return found


def _columns(text):
    try:
        return {str(k): str(v) for k, v in json.loads(text or "{}").items()}
    except (ValueError, AttributeError):  # Somebody else's feature of that name.
        return {}


def _first(feature, names):
    for name in names:
        if name in feature:
            kind = feature[name].WhichOneof("kind")
            values = getattr(feature[name], kind).value if kind else ()
            if len(values) and values[0] != b"":
                return values[0]
    return None


def _text(value):
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return None if value is None else str(value)
