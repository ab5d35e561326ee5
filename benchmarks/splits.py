"""How many pictures change their split when others are added.

    python -m benchmarks.splits

Takes seconds: where a picture goes depends on a hash of its content alone, so that
hashes stand for pictures here.
"""

import argparse
import hashlib

import numpy as np

from keras_novnorm.datasets.one_class_split import OneClassSplit
from keras_novnorm.datasets.split_plan import Place, plan_splits

CASES = ((12, 1), (30, 1), (30, 10), (100, 10), (500, 100), (5000, 100), (5000, 5000))


def main(arguments=None):
    """Prints a table.

    Args:
        arguments: list of str, as on the command line.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=100)
    trials = parser.parse_args(arguments).trials
    print("pictures  added  moved: mean  most  share of those there")
    for count, added in CASES:
        moved = [count_moved(count, added, trial) for trial in range(trials)]
        share = np.mean(moved) / count
        print(
            f"{count:8}  {added:5}  {np.mean(moved):11.1f}  {max(moved):4}  {share:.1%}"
        )


def count_moved(count, added, trial):
    """Counts the pictures that another split has after some were added.

    Args:
        count: int, pictures before.
        added: int, pictures more.
        trial: int, which pictures.

    Returns:
        int.
    """
    rule = OneClassSplit(("good",), has_test_split=False)
    places = [
        Place(hashlib.sha256(f"{trial}:{n}".encode()).hexdigest(), "good")
        for n in range(count + added)
    ]
    before = plan_splits(places[:count], rule)
    after = plan_splits(places, rule)[:count]
    return sum(a[0] != b[0] for a, b in zip(before, after, strict=True))


if __name__ == "__main__":
    main()
