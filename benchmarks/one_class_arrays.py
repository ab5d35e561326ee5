"""A data set in memory, and its one-class splits, as the tables were measured.

A picture is drawn by its own digest, so that shares are those asked for in the mean.
The product cuts them exactly since; the draw stays here, for the tables' numbers to
come out again.
"""

import collections
import dataclasses
import functools
import hashlib

import numpy as np

from keras_novnorm.datasets.one_class_split import (
    CALIBRATION,
    TEST,
    TRAIN,
    OneClassSplit,
    blocking_split,
)
from keras_novnorm.datasets.open_source import open_source
from keras_novnorm.datasets.picture_digest import picture_digest

NOVEL_PER_NORMAL = 4
_TEST_SHARE, _CALIBRATION_SHARE = 1 / 5, 1 / 6


@dataclasses.dataclass(frozen=True)
class LabelledArrays:
    """All pictures of a data set.

    Attributes:
        images: uint8 `[N, H, W, C]`.
        classes: int `[N]`, positions in `class_names`.
        splits: list of "train" or "test", `[N]`.
        digests: list of the pictures' digests, `[N]`.
        class_names: list of str.
        has_test_split: whether `splits` says anything.
    """

    images: np.ndarray
    classes: np.ndarray
    splits: list
    digests: list
    class_names: list
    has_test_split: bool


@dataclasses.dataclass(frozen=True)
class OneClassArrays:
    """What one detector is trained, calibrated and measured on.

    Attributes:
        train: uint8 `[N, H, W, C]`, normal.
        calibration: uint8 `[M, H, W, C]`, normal, unseen in training.
        test: uint8 `[T, H, W, C]`.
        labels: int `[T]`, 0 normal, 1 novel.
        test_classes: int `[T]`.
    """

    train: np.ndarray
    calibration: np.ndarray
    test: np.ndarray
    labels: np.ndarray
    test_classes: np.ndarray


@functools.lru_cache(maxsize=1)
def read_arrays(dataset, data_dir=None, download=False):
    """Read a whole data set of tensorflow-datasets.

    Args:
        dataset: name of tensorflow-datasets', `"mnist"`; or `"digits"`,
            scikit-learn's, for a try in seconds.
        data_dir: where its files lie; tensorflow-datasets' own place unless given.
        download: whether they may be fetched.

    Returns:
        `LabelledArrays`.
    """
    import tensorflow as tf

    spec = "sklearn:digits" if dataset == "digits" else f"tfds:{dataset}"
    source = open_source(spec, data_dir, download)
    images, classes, splits, digests = [], [], [], []
    for element in source.elements():
        images.append(tf.io.decode_png(element.image_bytes).numpy())
        classes.append(source.class_names.index(element.class_name))
        splits.append(element.split)
        digests.append(picture_digest(element.image_bytes))
    return LabelledArrays(
        images=np.stack(images),
        classes=np.asarray(classes),
        splits=splits,
        digests=digests,
        class_names=source.class_names,
        has_test_split=source.has_test_split,
    )


def split_arrays(data, normal, on="test"):
    """One-class split: to measure on the test split, or for validation.

    Normals of the training split are trained on, but for one sixth by content,
    which calibrates. With `on="test"` the whole test split is measured on. With
    `on="validation"` the test split is not looked at: the calibration sixth
    stands for the normals and four times as many training pictures of the other
    classes, drawn with a fixed seed, for the novel ones.

    Args:
        data: `LabelledArrays`.
        normal: positions of the normal classes.
        on: `"test"` or `"validation"`.

    Returns:
        `OneClassArrays`.

    Raises:
        ValueError: for validation, where the data set has no test split of its own:
            all its novel pictures are tested on.
    """
    if on == "validation" and not data.has_test_split:
        raise ValueError(
            "Validation needs a data set with a test split of its own; this one's "
            "novel pictures are all tested on."
        )
    names = tuple(data.class_names[n] for n in normal)
    rule = OneClassSplit(names, data.has_test_split)
    assigned = [
        _draw(rule, data.class_names[number], split, digest)
        for number, split, digest in zip(
            data.classes, data.splits, data.digests, strict=True
        )
    ]
    held_out = collections.defaultdict(set)
    for place, digest in zip(assigned, data.digests, strict=True):
        if place in (CALIBRATION, TEST):
            held_out[digest].add(place)
    places = np.asarray(
        [
            place if blocking_split(place, held_out[digest]) is None else None
            for place, digest in zip(assigned, data.digests, strict=True)
        ]
    )
    train, calibration = places == TRAIN, places == CALIBRATION
    if on == "test":
        chosen = np.flatnonzero(places == TEST)
    else:
        in_test_split = np.asarray([split == "test" for split in data.splits])
        others = np.flatnonzero(~np.isin(data.classes, normal) & ~in_test_split)
        size = min(NOVEL_PER_NORMAL * int(calibration.sum()), len(others))
        novel = np.random.default_rng(0).choice(others, size, replace=False)
        chosen = np.concatenate([np.flatnonzero(calibration), np.sort(novel)])
    return OneClassArrays(
        train=data.images[train],
        calibration=data.images[calibration],
        test=data.images[chosen],
        labels=(~np.isin(data.classes[chosen], normal)).astype(int),
        test_classes=data.classes[chosen],
    )


def _draw(rule, class_name, split, digest):
    if not rule.wanted(class_name, split):
        return None
    if rule.own_split(class_name, split):
        return TEST
    if not rule.has_test_split and _share(TEST, digest) < _TEST_SHARE:
        return TEST
    return CALIBRATION if _share(CALIBRATION, digest) < _CALIBRATION_SHARE else TRAIN


def _share(purpose, digest):
    digest = hashlib.sha256(f"{purpose}:{digest}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
