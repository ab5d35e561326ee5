"""Result files to the figures of a table."""

import collections

import numpy as np

from keras_novnorm.metrics import summarize_classes


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


def complete_summary(results, rows):
    """Mean, range and spread of the seeds that cover all rows of a table.

    A mean over some of the classes is not comparable: other seeds do not count.

    Args:
        results: list of results of one variant on one data set.
        rows: the tuples of normal classes that the table has.

    Returns:
        Tuple of what `summarize_classes` gives, `None` where no seed covers all
        rows, and the number of seeds that do.
    """
    wanted = {tuple(row) for row in rows}
    found = collections.defaultdict(set)
    for result in results:
        found[result["seed"]].add(tuple(result["normal"]))
    complete = {seed for seed, normals in found.items() if normals >= wanted}
    chosen = [
        {**result, "normal": tuple(result["normal"])}
        for result in results
        if result["seed"] in complete and tuple(result["normal"]) in wanted
    ]
    return (summarize_classes(chosen) if chosen else None), len(complete)
