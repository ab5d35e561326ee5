"""Whether one detector ranks better than another, or only seems to."""

import dataclasses
import math

import numpy as np

from keras_novnorm.metrics.auroc import auroc
from keras_novnorm.metrics.intervals import auroc_interval
from keras_novnorm.metrics.labels import check_labels_and_scores


@dataclasses.dataclass(frozen=True)
class Difference:
    """A difference, and how far chance may have moved it.

    Attributes:
        value: float, first minus second.
        low: float, lower end of the confidence interval.
        high: float, its upper end.
    """

    value: float
    low: float
    high: float


def auroc_difference(labels, scores, other_scores, confidence=0.95):
    """AUROC of one detector less that of another, on the same images.

    With the intervals `[l, u]` and `[L, U]` of the two and the correlation `r` that
    they have because the images are the same:

        low  = d - sqrt((a - l)^2 + (U - b)^2 - 2 r (a - l) (U - b))
        high = d + sqrt((u - a)^2 + (b - L)^2 - 2 r (u - a) (b - L))

    Sources: Newcombe, "Estimating the difference between differences: measurement of
    additive scale interaction for proportions", 2001, for the form; DeLong et al.,
    "Comparing the areas under two or more correlated ROC curves", 1988, for `r`.

    Args:
        labels: array-like `[N]` of 0 (normal) and 1 (novel).
        scores: array-like `[N]`, higher for more novel.
        other_scores: array-like `[N]`, of the same images in the same order.
        confidence: float in (0, 1).

    Returns:
        `Difference`.

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if the input is malformed.
    """
    check_labels_and_scores(labels, other_scores, "AUROC")
    labels, scores = check_labels_and_scores(labels, scores, "AUROC")
    other_scores = np.asarray(other_scores, "float64")
    counts = int(np.sum(labels == 0)), int(np.sum(labels == 1))
    return difference_of_intervals(
        _with_interval(auroc(labels, scores), *counts, confidence),
        _with_interval(auroc(labels, other_scores), *counts, confidence),
        _correlation(labels, scores, other_scores),
    )


def difference_of_intervals(first, second, correlation=0.0):
    """The difference of two values that have intervals.

    Args:
        first: tuple of three floats: value, lower and upper end.
        second: the same.
        correlation: float in [-1, 1]; 0, of independent values, gives the wider
            interval of any that is not negative.

    Returns:
        `Difference`.
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second

    def reach(one, other):
        square = one**2 + other**2 - 2 * correlation * one * other
        return math.sqrt(max(0.0, square))

    return Difference(
        a - b,
        a - b - reach(a - a_low, b_high - b),
        a - b + reach(a_high - a, b - b_low),
    )


def _with_interval(value, num_normal, num_novel, confidence):
    return value, *auroc_interval(value, num_normal, num_novel, confidence)


def _correlation(labels, scores, other_scores):
    """Of the two AUROCs, by DeLong's placements; 0 where one has no variance."""
    pairs = [_placements(labels, values) for values in (scores, other_scores)]
    covariance = np.zeros((2, 2))
    for both in zip(*pairs, strict=True):
        if both[0].size > 1:
            covariance += np.cov(np.stack(both)) / both[0].size
    spread = math.sqrt(covariance[0, 0] * covariance[1, 1])
    return float(np.clip(covariance[0, 1] / spread, -1, 1)) if spread else 0.0


def _placements(labels, scores):
    """For each normal the share of novel images above it, and the reverse."""
    normal, novel = scores[labels == 0], scores[labels == 1]
    return _share_below(-normal, -novel), _share_below(novel, normal)


def _share_below(scores, others):
    others = np.sort(others)
    below = np.searchsorted(others, scores, side="left")
    not_above = np.searchsorted(others, scores, side="right")
    return (below + not_above) / (2 * others.size)
