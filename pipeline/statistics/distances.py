"""How far two distributions are from each other."""

import math

import numpy as np


def jensen_shannon_divergence(first, second):
    """Jensen-Shannon divergence of two histograms, in bits.

    With the shares `p` and `q` of the bins and `m = (p + q) / 2` it is
    `sum(p log2(p / m) + q log2(q / m)) / 2`: 0 where they are equal, 1 where they
    have no bin in common.

    Args:
        first: list of counts, not all 0.
        second: list of as many counts, not all 0.

    Returns:
        float in [0, 1].
    """
    p, q = (np.asarray(h, np.float64) / np.sum(h) for h in (first, second))
    m = (p + q) / 2

    def half(share):
        there = share > 0
        return float(np.sum(share[there] * np.log2(share[there] / m[there]))) / 2

    return min(1.0, max(0.0, half(p) + half(q)))


def infinity_distance(first, second):
    """Largest difference of a share between two counts by name.

    Args:
        first: dict from names to counts, not all 0.
        second: dict likewise.

    Returns:
        Pair of float in [0, 1], and the name it belongs to.
    """
    of_first, of_second = sum(first.values()), sum(second.values())
    found = {
        name: abs(first.get(name, 0) / of_first - second.get(name, 0) / of_second)
        for name in sorted({*first, *second})
    }
    name = max(found, key=found.get)
    return found[name], name


def chance_of_divergence(first, second, count_first, count_second):
    """What chance alone makes of the divergence of two samples of one distribution.

    Of `k` bins that are not empty, `8 ln 2 / (1/n + 1/m)` times the divergence is
    about chi-squared with `k - 1` degrees of freedom; given is its mean and three
    standard deviations.

    Args:
        first: list of counts.
        second: list of as many counts.
        count_first: int, how many pictures they are of.
        count_second: int.

    Returns:
        float.
    """
    degrees = max(1, sum(a + b > 0 for a, b in zip(first, second, strict=True)) - 1)
    scale = (1 / count_first + 1 / count_second) / (8 * math.log(2))
    return scale * (degrees + 3 * math.sqrt(2 * degrees))


def chance_of_difference(count_first, count_second):
    """What chance alone makes of a difference of shares: three standard deviations.

    Args:
        count_first: int, how many pictures the one share is of.
        count_second: int.

    Returns:
        float, for a share of one half, which varies most.
    """
    return 3 * math.sqrt((1 / count_first + 1 / count_second) / 4)
