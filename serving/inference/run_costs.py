"""What runs of a model cost, learned from the warm-up and from each run."""

import collections
import threading

# Decoding a pixel of a picture file, before any was measured.
_PIXEL_SECONDS = 25e-9
_FEW_ROWS = 8
_MANY_PIXELS = 2_000_000
# How fast an estimate follows runs that take longer: a busy machine is no dear model.
_FOLLOW = 0.1
_MOST_KEYS = 64


class RunCost:
    """The cost of runs that feed and fetch the same tensors."""

    def __init__(self):
        self._row = None
        self._rows = 0
        self._pixel = _PIXEL_SECONDS

    @property
    def is_known(self):
        """bool, whether a run of several rows has been measured."""
        return self._rows >= _FEW_ROWS

    def seconds(self, rows, pixels):
        """float, the estimate for so many rows, with so many pixels together."""
        return rows * (self._row or 0.0) + pixels * self._pixel

    def learn(self, rows, pixels, seconds):
        """Takes in a run.

        Args:
            rows: int.
            pixels: int, of the picture files in them, 0 for other inputs.
            seconds: float.
        """
        if pixels >= _MANY_PIXELS:
            if self._row is not None:
                found = max(0.0, seconds - rows * self._row) / pixels
                self._pixel = _followed(self._pixel, found)
            return
        found = max(0.0, seconds - pixels * self._pixel) / rows
        if self._row is None or found < self._row:
            self._row, self._rows = found, max(rows, self._rows)
        elif 2 * rows >= self._rows:  # of few rows the time is not in the rows
            self._row, self._rows = _followed(self._row, found), max(rows, self._rows)


class RunCosts:
    """Costs by what is fed and fetched; the least used ones are forgotten."""

    def __init__(self):
        self._costs = collections.OrderedDict()
        self._lock = threading.Lock()

    def of(self, key):
        """`RunCost` of a kind of run, made when first asked for."""
        with self._lock:
            cost = self._costs.setdefault(key, RunCost())
            self._costs.move_to_end(key)
            if len(self._costs) > _MOST_KEYS:
                self._costs.popitem(last=False)
            return cost


def _followed(before, found):
    return found if found < before else before + _FOLLOW * (found - before)
