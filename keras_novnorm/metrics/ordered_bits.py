"""float32 numbers as whole numbers in the same order, and back."""

import numpy as np

_SIGN = np.uint32(1 << 31)


def to_ordered_bits(values):
    """Whole numbers in the order of the numbers; both zeros are one.

    Args:
        values: float32 array, finite.

    Returns:
        uint32 array of the same shape.
    """
    bits = (values + np.float32(0)).view("uint32")
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def from_ordered_bits(bits):
    """The numbers again.

    Args:
        bits: uint32 array.

    Returns:
        float32 array of the same shape.
    """
    bits = np.asarray(bits, "uint32")
    return np.where(bits & _SIGN, bits ^ _SIGN, ~bits).view("float32")
