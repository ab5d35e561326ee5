"""Parts of the normals, for a calibration by cross-validation."""

import collections

from keras_novnorm.datasets.split_cut import order_of, unit_key

LEAST_FOLDS = 2


def assign_folds(examples, folds):
    """Divides pictures into parts of equal size.

    Groups and copies stay together. In the order of a hash of their content, each goes
    to the part that is smallest so far, the largest groups first.

    Args:
        examples: list with `sha256` and `group`, such as `ImageExample`s.
        folds: int, how many parts.

    Returns:
        List of int, the part of each, from 0.

    Raises:
        ValueError: there are fewer pictures, or groups, than parts.
    """
    keys = [unit_key(one.sha256, one.group) for one in examples]
    weights = collections.Counter(keys)
    if len(weights) < folds or folds < LEAST_FOLDS:
        raise ValueError(
            f"Cross-validation takes from {LEAST_FOLDS} parts to as many as there are "
            f"different pictures or groups to train on, {len(weights)}. Received: "
            f"{folds}."
        )
    found, sizes = {}, [0] * folds
    for key in sorted(weights, key=lambda k: (-weights[k], order_of("folds", k))):
        part = sizes.index(min(sizes))
        found[key] = part
        sizes[part] += weights[key]
    return [found[key] for key in keys]
