"""Levels of any type to 16 bits, where that loses none."""

import numpy as np

from novnorm_pictures.picture_error import PictureError

DEEPEST = 65535


def to_uint16(values):
    """Brings the levels of a picture to 16 bits.

    Args:
        values: array of numbers. Whole ones must lie in [0, 65535] and stay as they
            are, but 8 bits, which become `257 v`; reals must lie in [0, 1], and are
            rounded to the nearest of 65,536 levels.

    Returns:
        uint16 array of the same shape.

    Raises:
        PictureError: a value lies outside; the text has the range received.
    """
    values = np.asarray(values)
    if values.dtype == np.uint8:
        return values.astype(np.uint16) * np.uint16(257)
    if values.dtype == np.uint16:
        return values
    real = values.dtype.kind == "f"
    top, allowed = (1.0, "[0, 1]") if real else (DEEPEST, "[0, 65535]")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= top):
        raise PictureError(
            f"{'reals' if real else 'whole numbers'} must lie in {allowed}; received "
            f"[{low:g}, {high:g}]: scale them, or save the picture with 16 bits"
        )
    if real:
        values = np.rint(values.astype(np.float64) * DEEPEST)
    return values.astype(np.uint16)


def stretched(values, bits):
    """Levels of some bits, spread over 16: the highest becomes 65535.

    Args:
        values: array of whole numbers in [0, 2^bits - 1].
        bits: int, 16 at most.

    Returns:
        uint16 array of the same shape.
    """
    top = 2**bits - 1
    values = np.asarray(values).astype(np.uint32)
    return ((values * DEEPEST + top // 2) // top).astype(np.uint16)
