"""Numbers of a JSON list as arrays, until it is known what they are for."""

import numpy as np


def as_array(numbers):
    """Makes an array of some numbers, whole ones as integers.

    Args:
        numbers: list of int and float.

    Returns:
        flat array of int64 or uint64, or of float64 where neither holds them all.
    """
    array = np.array(numbers)
    kind = array.dtype.kind
    if kind in "iu" or kind == "f" and not (np.abs(array) >= 2**63).any():
        return array
    if {*map(type, numbers)} == {int}:
        try:
            return np.array(numbers, np.uint64)
        except OverflowError:
            pass
    return np.array([_clamped(number) for number in numbers], np.float64)


def _clamped(number):
    try:
        return float(number)
    except OverflowError:  # an integer beyond the largest double
        return float("inf") if number > 0 else float("-inf")


class NumberList:
    """A list of numbers, nested as a tensor.

    Args:
        shape: tuple of int.
        pieces: list of flat arrays, the numbers in order; whole numbers as integers.
            One that mixes both is of floats.
    """

    def __init__(self, shape, pieces):
        self.shape = shape
        self._pieces = [_narrow(piece) for piece in pieces]

    def fraction(self):
        """The first number that is not whole by its writing, or None.

        Returns:
            float or None.
        """
        for piece in self._pieces:
            if piece.dtype.kind not in "iu":
                strange = np.flatnonzero(piece != np.rint(piece.astype(np.float64)))
                return piece[strange[0] if len(strange) else 0].item()
        return None

    def first(self):
        """The first number."""
        return self._pieces[0][0].item()

    def extremes(self):
        """tuple of the least and the greatest number."""
        lows = [piece.min().item() for piece in self._pieces]
        return min(lows), max(piece.max().item() for piece in self._pieces)

    def to_array(self, dtype, through):
        """Makes an array, a piece at a time.

        Args:
            dtype: `np.dtype`.
            through: `np.dtype` that the numbers are brought to before.

        Returns:
            array.
        """
        flat, at = np.empty(sum(map(len, self._pieces)), dtype), 0
        with np.errstate(over="ignore"):
            for piece in self._pieces:
                flat[at : at + len(piece)] = piece.astype(through).astype(dtype)
                at += len(piece)
        return flat.reshape(self.shape)


def _narrow(piece):
    """The same whole numbers in one byte or four each, where they fit."""
    if piece.dtype.kind not in "iu" or not len(piece):
        return piece
    low, high = piece.min(), piece.max()
    for dtype in (np.uint8, np.int32):
        info = np.iinfo(dtype)
        if info.min <= low and high <= info.max:
            return piece.astype(dtype)
    return piece
