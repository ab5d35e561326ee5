"""How far float32 rounding moves the value of a term, and where nothing else is."""

from keras import ops

STEP = 2.0**-23
"""The largest relative distance of two neighbouring float32 numbers."""

OWN_STEPS = 2.0
"""Rounding of a value itself, in steps: of the last sum that it comes from."""

OPERAND_STEPS = 4.0
"""Rounding of what a network has computed, in steps of its size; root mean square.

Measured with the presets: the same picture alone and in batches of 7 and 33.
"""

RESOLUTION = 2e-3
"""A difference smaller than this share of what it is taken from is none.

The pixels of 8 bits have steps of 1/255, their rounding is 1/883.
"""


def own_rounding(normalizable, in_logarithm):
    """Rounding of a value that is no difference of larger ones.

    Args:
        normalizable: float32 tensor `[B]`, the value or its logarithm.
        in_logarithm: whether it is the logarithm.

    Returns:
        Float32 tensor `[B]`, in the unit of `normalizable`.
    """
    relative = ops.ones_like(normalizable) if in_logarithm else 0.0
    return OWN_STEPS * STEP * (ops.abs(normalizable) + relative)


def difference_rounding(values, size, parts):
    """Rounding of the logarithm of a sum of squared differences.

    With operands of mean square `size / parts` whose rounding is independent, the
    sum `v` moves by `2 e sqrt(v size / parts)`, its logarithm by
    `2 e sqrt(size / (parts v))`, where `e` is a step of `OPERAND_STEPS`. Below
    `smallest_difference` it is taken there.

    Args:
        values: float32 tensor `[B]`, sums (or means) of squared differences.
        size: float32 tensor `[B]`, sums (or means) of the squares of what the
            differences are of.
        parts: int, the number of squares.

    Returns:
        Float32 tensor `[B]`, in the unit of the logarithm.
    """
    values = ops.maximum(values, smallest_difference(size))
    ratio = size / (parts * ops.maximum(values, 1e-30))
    return 2.0 * OPERAND_STEPS * STEP * ops.sqrt(ratio)


def smallest_difference(size):
    """The sum of squared differences below which only rounding is left.

    Args:
        size: float32 tensor `[B]`, as in `difference_rounding`.

    Returns:
        Float32 tensor `[B]`.
    """
    return RESOLUTION**2 * size
