"""Colours of anomaly maps: one scale for all pictures."""

import math

import numpy as np

COLOURS = "inferno"
STEPS = 256


def colour_table():
    """The colours from 0 to the brightest: uint8 array `[256, 3]`."""
    import matplotlib

    colours = matplotlib.colormaps[COLOURS](np.linspace(0.0, 1.0, STEPS))
    return np.round(colours[:, :3] * 255).astype(np.uint8)


def colour_steps(values, scale):
    """Which colour of `colour_table` each value has.

    A scale of each picture's own would make every good picture glow.

    Args:
        values: float `[H, W]`, not negative.
        scale: the value that gets the brightest colour.

    Returns:
        uint8 array `[H, W]`.

    Raises:
        ValueError: if `scale` is no positive number.
    """
    check_scale(scale)
    relative = np.asarray(values, "float32") / np.float32(scale)
    relative = np.nan_to_num(relative, nan=0.0, posinf=1.0)
    return np.rint(np.clip(relative, 0.0, 1.0) * (STEPS - 1)).astype(np.uint8)


def check_scale(scale):
    """Refuses what no map can be compared with.

    Args:
        scale: float.

    Raises:
        ValueError: if it is no positive number.
    """
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(
            "`scale` is the value of the brightest colour of all heat maps, a positive "
            f"number. Received: {scale}. A calibrated detector has it as `map_scale`."
        )


def heat_map(values, scale):
    """An anomaly map in colours, on a scale that is the same for all pictures.

    Args:
        values: float `[H, W]`, not negative.
        scale: the value that gets the brightest colour.

    Returns:
        uint8 array `[H, W, 3]`.

    Raises:
        ValueError: if `scale` is no positive number.
    """
    return colour_table()[colour_steps(values, scale)]
