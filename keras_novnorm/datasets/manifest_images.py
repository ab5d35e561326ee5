"""Pictures that a CSV file lists."""

import dataclasses
import hashlib

from keras_novnorm.datasets.class_labels import ClassLabels
from keras_novnorm.datasets.file_opener import FileOpener
from keras_novnorm.datasets.manifest_rows import read_rows
from keras_novnorm.datasets.one_class_split import CALIBRATION, TEST, TRAIN
from keras_novnorm.datasets.read_file import read_file, read_mask_file
from keras_novnorm.datasets.source_image import (
    ImageSource,
    SourceImage,
    fingerprint_of,
)
from keras_novnorm.datasets.transcode import RejectedPictureError

_NO_CLASS = "?"


class ManifestImages(ImageSource):
    """Pictures that a CSV file lists, one a line, with what is known of them.

    The first line names the columns. `path` is relative to the file. `class` (or
    `class_name`) names the class; `label` is 0 or "good" for normal pictures, 1 or
    "anomaly" for others, or the class where there is no other column for it (see
    `ClassLabels`). Optional are `split` ("train", "validation" or "test"; where any
    line has "test", a line without is of "train"), `mask`, `group`, and any others,
    which travel with the picture. Paths may have backslashes, as Windows writes them.

    Lines that name no picture, or one that an earlier line names, are set aside, as
    are pictures that are not there.

    Args:
        file: str or path, of a UTF-8 CSV file.
        opener: `FileOpener`, how files are read.

    Raises:
        FileNotFoundError: it is not there, or lists nothing.
        ValueError: it is no such file; the text names the line.
    """

    def __init__(self, file, opener=None):
        self._opener = opener or FileOpener()
        self._file = self._opener.resolve(file)
        self._folder = self._opener.parent(self._file)
        self.name = f"manifest:{file}"
        self._labels, splits = self._scan()
        self.class_names = self._labels.all_classes()
        if not self.class_names:
            raise FileNotFoundError(f"{self._file} lists no picture.")
        self.default_normal = self._labels.normal_classes()
        self.has_test_split = TEST in splits
        self.has_calibration_split = CALIBRATION in splits
        columns = f", columns {', '.join(sorted(self._columns))}" * bool(self._columns)
        self.layout = f"{self._count} lines{columns}"

    def elements(self, wanted=None):
        for row in self._rows():
            element = self._element(row)
            if wanted is None or wanted(element.class_name, element.split):
                yield element

    def read(self, element):
        element = super().read(element)
        try:
            image_bytes = read_file(self._opener, self._folder, element.path)
        except RejectedPictureError as error:
            raise RejectedPictureError(f"{error} ({element.listed_in})") from error
        element = dataclasses.replace(element, image_bytes=image_bytes)
        element = read_mask_file(self._opener, self._folder, element)
        if element.mask_problem:
            problem = f"{element.mask_problem} ({element.listed_in})"
            element = dataclasses.replace(element, mask_problem=problem)
        return element

    def fingerprint(self):
        with self._opener.open(self._file) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        paths = []
        for row in self._rows():
            if not row.problem:
                paths += filter(None, (row.path, row.values.get("mask")))
        files = [
            [file.path, file.size, file.modified]
            for file in self._opener.look_at(self._folder, paths)
        ]
        return fingerprint_of(["manifest", digest, files])

    def _scan(self):
        labels, splits = ClassLabels(), set()
        self._columns, self._count = set(), 0
        for row in self._rows():
            self._count += 1
            if row.problem:
                continue
            splits.add(row.values.get("split"))
            self._columns.update(row.columns())
            try:
                labels.see(row.class_name, row.label)
            except ValueError as error:
                raise ValueError(f"{self._file}, line {row.number}: {error}.") from None
        return labels, splits

    def _element(self, row):
        has_splits = self.has_test_split or self.has_calibration_split
        split = row.values.get("split", TRAIN) if has_splits else None
        if row.problem:
            name = f"{self._file}, line {row.number}"
            return SourceImage(name, _NO_CLASS, split=None, problem=row.problem)
        return SourceImage(
            path=row.path,
            class_name=self._labels.class_of(row.class_name, row.label),
            split=split,
            group=row.values.get("group"),
            mask_path=row.values.get("mask"),
            columns=row.columns(),
            listed_in=f"line {row.number} of {self._file}",
        )

    def _rows(self):
        try:
            file = self._opener.open(self._file)
        except OSError as error:
            raise FileNotFoundError(
                f"{self._file} cannot be read: {error.strerror or error}"
            ) from error
        yield from read_rows(file, self._file)
