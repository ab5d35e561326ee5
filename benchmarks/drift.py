"""Distances that validation measures: between halves, and from darkened pictures.

`python -m benchmarks.drift --data tfds:mnist --data-dir DIR` divides pictures at
random into two halves, and darkens the second one. Defaults of the thresholds should
let the halves pass and not the darkened ones. It fails where they do otherwise.
"""

import argparse
import itertools
import sys

import numpy as np

from keras_novnorm.datasets.open_source import open_source
from keras_novnorm.datasets.picture_digest import decode_pixels
from pipeline.components.validate.component import ValidateParameters
from pipeline.schema.find_drift import find_drift
from pipeline.statistics.picture_measures import measure
from pipeline.statistics.picture_statistics import PictureStatistics

_BINS = 32


def describe(pictures):
    """Gives the statistics of one split, as the pipeline does.

    Args:
        pictures: list of uint16 arrays [H, W, 3].

    Returns:
        dict, with the fields of `statistics.json` that drift is found by.
    """
    found = PictureStatistics(_BINS)
    for picture in pictures:
        found.add(*picture.shape[:2], measure(picture[None], _BINS))
        found.add_file("PNG", 0, False)
    split = found.to_dict()
    split["classes"] = {"all": {"count": split["count"]}}
    return {"bins": _BINS, "splits": {"train": split}}


def main(argv=None):
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift")
    parser.add_argument("--data", default="sklearn:digits")
    parser.add_argument("--data-dir")
    parser.add_argument("--count", type=int, default=4000, help="pictures to read")
    arguments = parser.parse_args(argv)
    source = open_source(arguments.data, arguments.data_dir)
    elements = itertools.islice(source.elements(), arguments.count)
    pictures = [decode_pixels(source.read(e).image_bytes) for e in elements]
    order = np.random.default_rng(0).permutation(len(pictures))
    first, second = np.array_split(order, 2)
    before = describe([pictures[n] for n in first])
    is_right = True
    print("| second half | what differs most | distance | allowed |\n|---|---|---|---|")
    for name, factor, should_fire in (
        ("as it is", 1.0, False),
        ("10% darker", 0.9, None),
        ("20% darker", 0.8, True),
    ):
        changed = [(pictures[n] * factor).astype(np.uint16) for n in second]
        distances, _ = find_drift(before, describe(changed), ValidateParameters())
        worst = max(distances, key=lambda one: one.value - one.allowed)
        print(f"| {name} | {worst.what} | {worst.value:.4f} | {worst.allowed:.4f} |")
        is_right &= should_fire in (None, worst.is_drift())
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
