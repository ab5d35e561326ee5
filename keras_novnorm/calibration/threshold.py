"""Threshold for a target false-positive rate, from scores of held-out normals."""

import math

import numpy as np


class TooFewNormalsError(ValueError):
    """There are fewer held-out normals than a target rate needs.

    Args:
        target_fpr: the rate.
        received: how many normals there are.
    """

    def __init__(self, target_fpr, received):
        self.target_fpr, self.received = target_fpr, received
        super().__init__(self.in_words())

    def in_words(self, option="`target_fpr`"):
        """What it says, by the name that the rate has where it was given.

        Args:
            option: the name.

        Returns:
            Text.
        """
        needed = math.ceil(1.0 / self.target_fpr - 1e-9) - 1
        remedy = (
            f"; or raise {option} to {smallest_target_fpr(self.received)}, the "
            f"smallest that {self.received} allow"
            if self.received
            else ""
        )
        return (
            f"A target false-positive rate of {self.target_fpr} needs {needed} "
            f"held-out normal images. Received: {self.received}. Give more{remedy}."
        )


def threshold_rank(num_scores, target_fpr):
    """Which of the largest calibration scores is the threshold.

    `k = floor(a (n + 1) + 1e-9)`. With `is_novel = score > threshold`, strictly,
    the chance that a normal image is called novel is at most `a`, for any
    distribution of scores (split conformal prediction; Vovk et al. 2005, Laxhammar
    2014). The small addition undoes the rounding of products such as 0.07 * 100.

    Args:
        num_scores: number `n` of calibration scores.
        target_fpr: target false-positive rate `a`, in (0, 1).

    Returns:
        The rank `k`, at least 1, of at most `n`.

    Raises:
        TooFewNormalsError: if `n` scores are too few for it.
        ValueError: if `target_fpr` is not in (0, 1).
    """
    if not 0.0 < target_fpr < 1.0:
        raise ValueError(
            "`target_fpr` is a rate of false alarms and must lie between 0 and 1, "
            f"both excluded. Received: {target_fpr}"
        )
    rank = math.floor(target_fpr * (num_scores + 1) + 1e-9)
    if rank < 1:
        raise TooFewNormalsError(target_fpr, num_scores)
    return min(rank, num_scores)


def smallest_target_fpr(num_scores):
    """The smallest target false-positive rate that so many scores allow.

    Args:
        num_scores: number `n` of calibration scores.

    Returns:
        `1 / (n + 1)`, rounded up to four digits after the point where it is not
        exact, so that the number can be given back as it is printed.
    """
    return math.ceil(1e4 / (num_scores + 1) - 1e-9) / 1e4


def threshold_at(scores, target_fpr):
    """The `k`-th largest calibration score.

    Args:
        scores: float array `[n]`, scores of held-out normal images.
        target_fpr: target false-positive rate, in (0, 1).

    Returns:
        The threshold, a float of the scores' dtype: an image is novel when its
        score is strictly above it.

    Raises:
        ValueError: if `scores` are too few for `target_fpr`, or are not finite.

    Example:

    >>> import numpy as np
    >>> float(threshold_at(np.array([1.0, 2.0, 3.0, 4.0]), target_fpr=0.2))
    4.0
    """
    scores = np.asarray(scores)
    check_finite(scores)
    rank = threshold_rank(scores.size, target_fpr)
    return np.sort(scores)[scores.size - rank]


def check_finite(scores):
    """Refuse calibration scores that are not finite.

    Args:
        scores: float array `[n]`.

    Raises:
        ValueError: if one is NaN or infinite.
    """
    broken = int(np.sum(~np.isfinite(scores)))
    if broken:
        raise ValueError(
            f"Calibration scores must be finite. Received: {broken} of {scores.size} "
            "that are NaN or infinite; was the detector trained?"
        )
