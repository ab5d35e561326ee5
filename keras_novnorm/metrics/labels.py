"""Checks of labels and scores that every metric makes."""

import numpy as np


class OneClassOnlyError(ValueError):
    """Labels of one class only: the metric is not defined."""


def check_labels_and_scores(labels, scores, metric):
    """Labels and scores as arrays, both classes present.

    Args:
        labels: array-like `[N]` of 0 (normal) and 1 (novel).
        scores: array-like `[N]` of finite floats.
        metric: name of the metric, for the message.

    Returns:
        Tuple of int array `[N]` and float64 array `[N]`.

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if lengths differ, labels are not 0 and 1, or scores are not
            finite.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, "float64")
    if labels.shape != scores.shape or labels.ndim != 1:
        raise ValueError(
            f"{metric} needs one label and one score per image, both of shape [N]. "
            f"Received labels {labels.shape} and scores {scores.shape}."
        )
    unknown = sorted(set(np.unique(labels).tolist()) - {0, 1})
    if unknown:
        raise ValueError(
            f"Labels must be 0 (normal) or 1 (novel). Received also: {unknown[:5]}"
        )
    if not np.all(np.isfinite(scores)):
        raise ValueError(
            f"Scores must be finite. Received {int(np.sum(~np.isfinite(scores)))} of "
            f"{scores.size} that are NaN or infinite."
        )
    novel = int(np.sum(labels == 1))
    check_both_classes(labels.size - novel, novel, metric)
    return labels.astype(int), scores


def check_both_classes(num_normal, num_novel, metric):
    """Refuses a comparison of normal with novel images where one kind is lacking.

    Args:
        num_normal: int.
        num_novel: int.
        metric: name of the metric, for the message.

    Raises:
        OneClassOnlyError: if one of the two is 0.
    """
    if not num_normal or not num_novel:
        have, lack = ("novel", "normal") if num_novel else ("normal", "novel")
        raise OneClassOnlyError(
            f"{metric} compares normal with novel images and is not defined here: all "
            f"{num_normal + num_novel} labels are {have}. Add {lack} images to the "
            "test set."
        )
