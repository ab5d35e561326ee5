"""The size that pictures of one kind are brought to, in their own proportions."""

import math
import statistics

STEP = 32
"""Sides are multiples of this: the coarsest stride of a network."""

LEAST_PIXELS = 128 * 128
"""Smaller pictures are enlarged to so many, or little is left at that stride."""

PIXELS = 512 * 512
"""The most pixels unless a budget is given."""


def fitting_size(sizes, pixels=None):
    """A size of the pictures' median proportions, within a budget of pixels.

    Args:
        sizes: list of pairs `(width, height)` in pixels.
        pixels: int, the most pixels; or `None`: `PIXELS`. Pictures are never enlarged
            beyond their own, but for the least that a network needs.

    Returns:
        Tuple `(height, width)`, multiples of `STEP`.

    Raises:
        ValueError: if there is no size, or the budget is below one step squared.
    """
    budget = PIXELS if pixels is None else pixels
    if budget < STEP * STEP:
        raise ValueError(
            f"A budget of pixels must be {STEP * STEP} or more. Received: {budget}"
        )
    if not sizes:
        raise ValueError("There is no picture to take a size from.")
    own = statistics.median(width * height for width, height in sizes)
    area = min(max(own, LEAST_PIXELS), budget)
    # In logarithms: twice as wide and twice as high are as far from a square.
    ratio = math.exp(
        statistics.median(math.log(height / width) for width, height in sizes)
    )
    height, width = math.sqrt(area * ratio), math.sqrt(area / ratio)
    height, width = (max(STEP, round(side / STEP) * STEP) for side in (height, width))
    while height * width > budget and max(height, width) > STEP:
        if height >= width:
            height -= STEP
        else:
            width -= STEP
    return height, width
