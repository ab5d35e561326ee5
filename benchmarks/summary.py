"""Result files to the figures of a table."""

import collections

import numpy as np


def group_results(results):
    """Results by table, data set and variant.

    Args:
        results: list of dictionaries, from `read_results`.

    Returns:
        Dictionary from `(table, dataset, variant)` to a list of results.
    """
    groups = collections.defaultdict(list)
    for result in results:
        groups[result["table"], result["dataset"], result["variant"]].append(result)
    return groups


def class_means(results, metric="auroc"):
    """Mean over seeds for each set of normal classes.

    Args:
        results: list of results of one variant on one data set.
        metric: name of a figure in [0, 1].

    Returns:
        Dictionary from the tuple of normal classes to a float in percent.
    """
    values = collections.defaultdict(list)
    for result in results:
        values[tuple(result["normal"])].append(100 * result[metric])
    return {normal: float(np.mean(found)) for normal, found in sorted(values.items())}


def mean_and_spread(results, rows, metric="auroc"):
    """Mean over classes, and its standard deviation over seeds.

    Only seeds that cover all rows count: a mean over some of the classes is not
    comparable.

    Args:
        results: list of results of one variant on one data set.
        rows: the tuples of normal classes that the table has.
        metric: name of a figure in [0, 1].

    Returns:
        Tuple `(mean, deviation, seeds)` in percent; the mean is `None` where no
        seed covers all rows, the deviation where fewer than two do.
    """
    by_seed = collections.defaultdict(dict)
    for result in results:
        by_seed[result["seed"]][tuple(result["normal"])] = 100 * result[metric]
    means = [
        np.mean([found[tuple(row)] for row in rows])
        for found in by_seed.values()
        if all(tuple(row) in found for row in rows)
    ]
    if not means:
        return None, None, 0
    deviation = float(np.std(means, ddof=1)) if len(means) > 1 else None
    return float(np.mean(means)), deviation, len(means)


def spread_over_classes(results):
    """Range of the class means, in percent points; `None` of fewer than two.

    Args:
        results: list of results of one variant on one data set.

    Returns:
        Float or `None`.
    """
    means = list(class_means(results).values())
    return max(means) - min(means) if len(means) > 1 else None
