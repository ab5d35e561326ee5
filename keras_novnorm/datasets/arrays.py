"""Pictures in numpy arrays."""

import hashlib

import numpy as np

from keras_novnorm.datasets.encode_png import encode_png
from keras_novnorm.datasets.source_image import (
    ImageSource,
    SourceImage,
    fingerprint_of,
)


class ArrayImages(ImageSource):
    """Pictures in memory.

    Args:
        images: array [N, H, W] or [N, H, W, C], uint8, uint16 or float in [0, 1].
        class_names: list of str, the class of each of the N pictures; None: all
            "good", that is, normal.
        splits: list of "train", "calibration" or "test" for each picture, or None.
        groups: list of str for each picture, or None.
        name: str, begins each picture's path.

    Raises:
        ValueError: lists of another length than `images`.
    """

    def __init__(
        self, images, class_names=None, splits=None, groups=None, name="array"
    ):
        self.name = name
        self.images = np.asarray(images)
        count = len(self.images)
        self._classes = _listed("class_names", class_names, count, "good")
        self._splits = _listed("splits", splits, count, None)
        self._groups = _listed("groups", groups, count, None)
        self.class_names = sorted(set(self._classes))
        self.default_normal = ["good"] if "good" in self.class_names else []
        self.has_test_split = "test" in self._splits
        self.has_calibration_split = "calibration" in self._splits

    def elements(self, wanted=None):
        for number, (class_name, split, group) in enumerate(
            zip(self._classes, self._splits, self._groups, strict=True)
        ):
            if wanted is None or wanted(class_name, split):
                yield SourceImage(
                    path=f"{self.name}/{number:06d}",
                    class_name=class_name,
                    split=split,
                    group=group,
                    image_bytes=encode_png(self.images[number]),
                )

    def fingerprint(self):
        pixels = hashlib.sha256(np.ascontiguousarray(self.images).data).hexdigest()
        shape = [list(self.images.shape), str(self.images.dtype)]
        return fingerprint_of(
            [self.name, pixels, shape, self._classes, self._splits, self._groups]
        )


def _listed(name, values, count, default):
    if values is None:
        return [default] * count
    values = [v if v is None else str(v) for v in values]
    if len(values) != count:
        raise ValueError(
            f"`{name}` must have one entry for each of the {count} pictures; "
            f"received {len(values)}."
        )
    return values
