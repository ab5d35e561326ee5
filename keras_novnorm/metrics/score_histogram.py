"""Scores counted in narrow bins: of bounded size, and mergeable without loss."""

import dataclasses

import numpy as np

from keras_novnorm.metrics.ordered_bits import from_ordered_bits, to_ordered_bits

DROPPED_BITS = 12
"""Bins of a sketch are 2^-11 of a score wide: at most 2^20 of them, ever."""


@dataclasses.dataclass(frozen=True, eq=False)
class ScoreHistogram:
    """How many scores of one population lie in each bin, and how many are flagged.

    A bin holds the float32 numbers that agree in all but their lowest `dropped_bits`
    bits: its width is at most `2^(dropped_bits - 23)` of the scores in it, whatever
    their range. With no bit dropped a bin holds one number, and nothing is lost.
    Merging adds counts, so it does not matter how scores were grouped on the way.

    Attributes:
        dropped_bits: int from 0 to 23.
        keys: uint32 `[K]`, the bins that hold scores, lowest scores first.
        counts: int64 `[K]`, scores in each.
        num_flagged: int, how many of the scores were above their threshold.
        num_not_finite: int, scores that are NaN or infinite; they are in no bin.

    Example:

    >>> parts = [ScoreHistogram.of([3.0, 1.0], [True, False]), ScoreHistogram.of([3.0])]
    >>> whole = ScoreHistogram.merged(parts)
    >>> whole.values.tolist(), whole.counts.tolist(), whole.num_flagged
    ([1.0, 3.0], [1, 2], 1)
    """

    dropped_bits: int
    keys: np.ndarray
    counts: np.ndarray
    num_flagged: int = 0
    num_not_finite: int = 0

    @classmethod
    def of(cls, scores, is_flagged=(), dropped_bits=0):
        """Counts scores.

        Args:
            scores: array-like `[N]` of float32.
            is_flagged: array-like of bool, the verdicts.
            dropped_bits: int from 0 to 23.

        Returns:
            `ScoreHistogram`.
        """
        if not 0 <= dropped_bits <= 23:
            raise ValueError(
                "`dropped_bits` are low bits of a float32's fraction, from 0 to 23. "
                f"Received: {dropped_bits}"
            )
        scores = np.asarray(scores, "float32").reshape(-1)
        finite = scores[np.isfinite(scores)]
        keys, counts = np.unique(
            to_ordered_bits(finite) >> dropped_bits, return_counts=True
        )
        return cls(
            dropped_bits,
            keys.astype("uint32"),
            counts.astype("int64"),
            int(np.count_nonzero(is_flagged)),
            int(scores.size - finite.size),
        )

    @classmethod
    def merged(cls, histograms, dropped_bits=None):
        """Adds up histograms, as if their scores had been counted together.

        Args:
            histograms: iterable of `ScoreHistogram`.
            dropped_bits: int; the most that one of them dropped, unless given.

        Returns:
            `ScoreHistogram`.
        """
        histograms = list(histograms)
        most = max((one.dropped_bits for one in histograms), default=0)
        dropped_bits = most if dropped_bits is None else dropped_bits
        if dropped_bits < most:
            raise ValueError(
                f"Bits that are gone do not come back: {most} were dropped, and "
                f"`dropped_bits` is {dropped_bits}. Count the scores anew."
            )
        shifted = [one.keys >> (dropped_bits - one.dropped_bits) for one in histograms]
        keys = np.concatenate([np.zeros(0, "uint32"), *shifted])
        counts = np.concatenate([np.zeros(0, "int64"), *(h.counts for h in histograms)])
        keys, place = np.unique(keys, return_inverse=True)
        total = np.zeros(keys.size, "int64")
        np.add.at(total, place, counts)
        return cls(
            dropped_bits,
            keys,
            total,
            sum(one.num_flagged for one in histograms),
            sum(one.num_not_finite for one in histograms),
        )

    @property
    def size(self):
        """int, how many scores were counted, those that are not finite left out."""
        return int(np.sum(self.counts))

    @property
    def values(self):
        """float64 `[K]`, a score in each bin: the one with the dropped bits 0."""
        key = self.keys << np.uint32(self.dropped_bits)
        return from_ordered_bits(key).astype("float64")

    def coarsened(self, dropped_bits):
        """Returns this `ScoreHistogram` with at least so many bits dropped."""
        return self.merged([self], max(dropped_bits, self.dropped_bits))
