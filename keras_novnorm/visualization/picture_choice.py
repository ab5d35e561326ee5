"""Which pictures a reader of a report wants to see."""

import itertools

import numpy as np


def choose_pictures(labels, scores, is_novel, class_names, threshold, most):
    """Pictures for a gallery: all, or the most telling.

    In turn: the most novel, false alarms (the highest first), missed ones (the
    lowest first), those nearest to the threshold, the least novel, and the most
    novel of each class.

    Args:
        labels: int `[N]`: 0 normal, 1 novel, -1 not known.
        scores: float `[N]`.
        is_novel: bool `[N]`.
        class_names: list of `N` names.
        threshold: float.
        most: how many to choose.

    Returns:
        List of at most `most` indices, the most novel first.
    """
    labels, is_novel = np.asarray(labels), np.asarray(is_novel, bool)
    scores = np.asarray(scores, "float64")
    order = np.argsort(-scores, kind="stable")
    if len(order) <= most:
        return order.tolist()
    upward = order[::-1]
    nearest = np.argsort(np.abs(scores - threshold), kind="stable")
    first_of_each = np.unique(np.asarray(class_names, str)[order], return_index=True)[1]
    queues = [
        order,
        order[(labels[order] == 0) & is_novel[order]],
        upward[(labels[upward] == 1) & ~is_novel[upward]],
        nearest,
        upward,
        order[np.sort(first_of_each)],
    ]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*queues))
    chosen = set()
    for index in turns:
        if index is not None:
            chosen.add(int(index))
        if len(chosen) == most:
            break
    return [index for index in order.tolist() if index in chosen]
