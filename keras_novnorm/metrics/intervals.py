"""Confidence intervals: how far a metric may be off because the test set is small."""

import math
from statistics import NormalDist

import numpy as np

from keras_novnorm.metrics.bounded_metrics import align, num_needed

_BINS_AT_A_TIME = 2_000_000
_HALVINGS = 60


def wilson_interval(hits, total, confidence=0.95):
    """Interval of a rate, by Wilson's score method.

    Source: Wilson, "Probable Inference, the Law of Succession, and Statistical
    Inference", JASA 1927. It stays in [0, 1] and has a width even for 0 of 10.

    Args:
        hits: int.
        total: int.
        confidence: float in (0, 1).

    Returns:
        Tuple of two floats, or `None` where `total` is 0.

    Example:

    >>> [round(end, 4) for end in wilson_interval(0, 10)]
    [0.0, 0.2775]
    """
    if not total:
        return None
    z2 = two_sided(confidence) ** 2
    middle = (hits + z2 / 2) / (total + z2)
    width = math.sqrt(z2 * (hits * (total - hits) / total + z2 / 4)) / (total + z2)
    low = 0.0 if hits == 0 else middle - width
    return low, 1.0 if hits == total else middle + width


def auroc_interval(auroc, num_normal, num_novel, confidence=0.95):
    """Interval of an AUROC, from the numbers of images alone.

    All `A` are in it for which `|auroc - A| <= z sqrt(V(A))`, with Hanley's and
    McNeil's variance for exponential scores:

        V(A) = A (1 - A) (1 + n (1 - A) / (2 - A) + n A / (1 + A)) / (N0 N1)
        n    = (N0 + N1) / 2 - 1

    Source: Newcombe, "Confidence intervals for an effect size measure based on the
    Mann-Whitney statistic, part 2", Statistics in Medicine 2006, method 5. Unlike an
    interval from the scores' own variance it has a width where AUROC is 1.

    Args:
        auroc: float in [0, 1].
        num_normal: int.
        num_novel: int.
        confidence: float in (0, 1).

    Returns:
        Tuple of two floats in [0, 1].
    """
    z = two_sided(confidence)

    def is_near(guess):
        n = (num_normal + num_novel) / 2 - 1
        rise = 1 + n * (1 - guess) / (2 - guess) + n * guess / (1 + guess)
        variance = guess * (1 - guess) * rise / (num_normal * num_novel)
        return abs(auroc - guess) <= z * math.sqrt(variance)

    def farthest(end):
        near, far = auroc, end
        for _ in range(_HALVINGS):
            middle = (near + far) / 2
            near, far = (middle, far) if is_near(middle) else (near, middle)
        return (near + far) / 2

    return farthest(0.0), farthest(1.0)


def bootstrap_interval(metric, normal, novel, confidence=0.95, draws=1000, seed=0):
    """Interval of a metric, from images drawn anew, normal and novel ones apart.

    Args:
        metric: `"average_precision"` or `"fpr_at_95_tpr"`.
        normal: `ScoreHistogram` of the normal images; a coarse one is as good.
        novel: `ScoreHistogram` of the novel images.
        confidence: float in (0, 1).
        draws: int.
        seed: int.

    Returns:
        Tuple of two floats: quantiles of the metric of the draws.
    """
    measure = {"average_precision": _average_precision, "fpr_at_95_tpr": _fpr_at_tpr}
    populations = [counts[::-1] for counts in align(normal, novel)]
    generator = np.random.default_rng(seed)
    at_a_time = max(1, _BINS_AT_A_TIME // populations[0].size)
    found = [
        measure[metric](
            *(
                _draw(generator, counts, min(at_a_time, draws - first))
                for counts in populations
            )
        )
        for first in range(0, draws, at_a_time)
    ]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(found), [tail, 1 - tail])
    return float(low), float(high)


def two_sided(confidence):
    """Returns float, the deviations that an interval reaches to either side."""
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` is in (0, 1). Received: {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _draw(generator, counts, draws):
    total = int(counts.sum())
    if total > counts.size:
        return generator.multinomial(total, counts / total, size=draws)
    # Fewer images than bins: to draw the images themselves is less work.
    bins = np.repeat(np.arange(counts.size), counts)
    chosen = bins[generator.integers(0, total, (draws, total))]
    chosen += counts.size * np.arange(draws)[:, None]
    drawn = np.bincount(chosen.reshape(-1), minlength=draws * counts.size)
    return drawn.reshape(draws, counts.size)


def _average_precision(normals, novels):
    """Of [D, K] counts, the highest scores first: [D]."""
    found = np.cumsum(novels, axis=1)
    flagged = found + np.cumsum(normals, axis=1)
    precision = found / np.maximum(flagged, 1)
    return np.sum(novels * precision, axis=1) / found[:, -1]


def _fpr_at_tpr(normals, novels):
    needed = num_needed(int(novels[0].sum()), 0.95)
    place = np.argmax(np.cumsum(novels, axis=1) >= needed, axis=1)
    flagged = np.cumsum(normals, axis=1)
    return flagged[np.arange(place.size), place] / flagged[:, -1]
