"""Scores to a histogram, as Beam combines them."""

import apache_beam as beam
import numpy as np

from keras_novnorm.metrics.score_histogram import ScoreHistogram

_WAITING = 50_000


class CountScores(beam.CombineFn):
    """Counts `Judged` pictures of one label in the bins of a `ScoreHistogram`.

    Memory does not grow with the pictures, but with the bins that hold some.

    Args:
        dropped_bits: int, see `ScoreHistogram`; 0: nothing is lost.
    """

    def __init__(self, dropped_bits):
        super().__init__()
        self._dropped_bits = dropped_bits

    def create_accumulator(self):
        return self._counted([], []), [], []

    def add_input(self, accumulator, judged):
        counted, scores, flags = accumulator
        scores.append(judged.score)
        flags.append(judged.is_novel)
        if len(scores) < _WAITING:
            return accumulator
        return self._settled(accumulator), [], []

    def merge_accumulators(self, accumulators):
        settled = [self._settled(one) for one in accumulators]
        return ScoreHistogram.merged(settled, self._dropped_bits), [], []

    def compact(self, accumulator):
        return self._settled(accumulator), [], []

    def extract_output(self, accumulator):
        return self._settled(accumulator)

    def _settled(self, accumulator):
        counted, scores, flags = accumulator
        if not scores:
            return counted
        return ScoreHistogram.merged([counted, self._counted(scores, flags)])

    def _counted(self, scores, flags):
        scores = np.asarray(scores, "float32")
        return ScoreHistogram.of(scores, flags, self._dropped_bits)
