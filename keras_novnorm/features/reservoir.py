"""A sample of bounded size from a stream: each item is as likely as any other."""

import numpy as np


class Reservoir:
    """Keeps at most so many of the rows that pass; all of them while they fit.

    Every row draws a number, and the smallest numbers stay: which rows are kept does
    not depend on how they were batched.

    Args:
        capacity: how many rows are kept.
        seed: int.
    """

    def __init__(self, capacity, seed=0):
        self.capacity = capacity
        self._random = np.random.default_rng(seed)
        self._drawn = np.zeros(0)
        self._kept = None

    def update(self, *columns):
        """Offer rows.

        Args:
            *columns: arrays `[N, ...]`, always the same number of them.
        """
        drawn = self._random.random(len(columns[0]))
        if len(self._drawn) == self.capacity:
            chosen = drawn < self._drawn.max()
            drawn, columns = drawn[chosen], [column[chosen] for column in columns]
        if not len(drawn):
            return
        drawn = np.concatenate([self._drawn, drawn])
        if self._kept is not None:
            columns = [
                np.concatenate(pair) for pair in zip(self._kept, columns, strict=True)
            ]
        if len(drawn) > self.capacity:
            places = np.sort(np.argpartition(drawn, self.capacity)[: self.capacity])
            drawn, columns = drawn[places], [column[places] for column in columns]
        self._drawn, self._kept = drawn, [np.array(column) for column in columns]

    def rows(self):
        """Returns the columns of what was kept, in the order of the stream."""
        return self._kept
