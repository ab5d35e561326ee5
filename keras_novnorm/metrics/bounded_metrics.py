"""Metrics of counted scores, each with the range that the bins leave open."""

import dataclasses
import math

import numpy as np

from keras_novnorm.metrics.labels import check_both_classes


@dataclasses.dataclass(frozen=True)
class Bounded:
    """A metric known up to the order of the scores within a bin.

    Attributes:
        value: float, what is reported.
        low: float, what it is at least; the exact metric is not below.
        high: float, what it is at most.
    """

    value: float
    low: float
    high: float


def bounded_auroc(normal, novel):
    """Chance that a novel image scores above a normal one, ties counting half.

    Of a pair in one bin, the value counts half, `low` nothing and `high` all.

    Args:
        normal: `ScoreHistogram` of the normal images.
        novel: `ScoreHistogram` of the novel images.

    Returns:
        `Bounded`; all three are equal where no bit was dropped.

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if scores are not finite.
    """
    normals, novels = _aligned(normal, novel, "AUROC")
    above = np.concatenate([[0], np.cumsum(normals)[:-1]])
    # Python's integers: pairs of 10^10 pictures do not fit into 64 bits.
    won, tied = _dot(novels, above), _dot(novels, normals)
    pairs = int(normals.sum()) * int(novels.sum())
    value = (2 * won + tied) / (2 * pairs)
    if not _is_coarse(normal, novel):
        return Bounded(value, value, value)
    return Bounded(value, won / pairs, (won + tied) / pairs)


def bounded_average_precision(normal, novel):
    """Precision averaged over the recall of novel images.

    The value takes the scores of a bin for ties. `high` has all novel images of a bin
    before its normal ones. `low` has them after, one by one; as precision then grows
    ever slower, it is at least its mean at the two ends, which is what is counted.

    Args:
        normal: `ScoreHistogram` of the normal images.
        novel: `ScoreHistogram` of the novel images.

    Returns:
        `Bounded`; all three are equal where no bit was dropped.

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if scores are not finite.
    """
    normals, novels = _aligned(normal, novel, "Average precision")
    normals, novels = normals[::-1], novels[::-1]
    flagged, found = np.cumsum(normals), np.cumsum(novels)
    rises = novels > 0
    normals, novels = normals[rises], novels[rises]
    flagged, found = flagged[rises], found[rises]

    def mean(precision):
        return float(np.sum(novels * precision) / found[-1])

    value = mean(found / (found + flagged))
    if not _is_coarse(normal, novel):
        return Bounded(value, value, value)
    first = found - novels + 1
    last = (first / (first + flagged) + found / (found + flagged)) / 2
    return Bounded(value, mean(last), mean(found / (found + flagged - normals)))


def bounded_fpr_at_tpr(normal, novel, tpr=0.95):
    """Share of normal images flagged where `tpr` of the novel ones are.

    It is known in which bin the threshold lies; of the bin's normal images, `low`
    flags none and `high` all.

    Args:
        normal: `ScoreHistogram` of the normal images.
        novel: `ScoreHistogram` of the novel images.
        tpr: float in (0, 1], the share of novel images to flag.

    Returns:
        `Bounded`; all three are equal where no bit was dropped.

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if scores are not finite.
    """
    normals, novels = _aligned(normal, novel, f"FPR at {100 * tpr:g}% TPR")
    normals, novels = normals[::-1], novels[::-1]
    needed = num_needed(int(novels.sum()), tpr)
    found = np.cumsum(novels)
    place = int(np.searchsorted(found, needed))
    total, high = int(normals.sum()), int(normals[: place + 1].sum())
    if not _is_coarse(normal, novel):
        return Bounded(high / total, high / total, high / total)
    inside = int(normals[place])
    share = (needed - (int(found[place]) - int(novels[place]))) / int(novels[place])
    return Bounded(
        (high - inside + inside * share) / total, (high - inside) / total, high / total
    )


def num_needed(num_novel, tpr):
    """How many novel images are at least `tpr` of all.

    Args:
        num_novel: int.
        tpr: float in (0, 1].

    Returns:
        int, the least `k` with `k / num_novel >= tpr`, compared as floats.
    """
    # Quotients are compared: `ceil(tpr * N)` is one too many for some.
    needed = max(1, math.ceil(tpr * num_novel))
    while needed > 1 and (needed - 1) / num_novel >= tpr:
        needed -= 1
    return needed


def align(normal, novel):
    """The counts of two populations in common bins.

    Args:
        normal: `ScoreHistogram`.
        novel: `ScoreHistogram`.

    Returns:
        Tuple of int64 `[K]` twice, lowest scores first.
    """
    dropped = max(normal.dropped_bits, novel.dropped_bits)
    normal, novel = normal.coarsened(dropped), novel.coarsened(dropped)
    keys = np.union1d(normal.keys, novel.keys)
    both = np.zeros((2, keys.size), "int64")
    both[0, np.searchsorted(keys, normal.keys)] = normal.counts
    both[1, np.searchsorted(keys, novel.keys)] = novel.counts
    return both[0], both[1]


def _aligned(normal, novel, metric):
    bad = normal.num_not_finite + novel.num_not_finite
    if bad:
        raise ValueError(
            f"Scores must be finite. Received {bad} of "
            f"{bad + normal.size + novel.size} that are NaN or infinite."
        )
    check_both_classes(normal.size, novel.size, metric)
    return align(normal, novel)


def _is_coarse(normal, novel):
    return bool(normal.dropped_bits or novel.dropped_bits)


def _dot(first, second):
    return int(np.dot(first.astype(object), second.astype(object)))
