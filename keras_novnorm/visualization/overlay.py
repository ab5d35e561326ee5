"""A heat map laid over its picture, with a contour."""

import math

import numpy as np

from keras_novnorm.visualization.heat_colours import (
    STEPS,
    check_scale,
    colour_steps,
    colour_table,
)
from keras_novnorm.visualization.rgb_picture import rgb_picture

# The brightest colour still lets the picture through.
_OPACITY = 0.75
# Above 1: what is low, as on good pictures, is hardly seen.
_EMPHASIS = 1.3
# Line and rim: one of the two stands out from whatever lies below.
_LINE, _RIM = (64, 255, 255), (0, 0, 0)
_ROWS = 256


def overlay(picture, anomaly_map, scale, threshold=None):
    """Lay a heat map over its picture, with a contour around what is novel.

    The higher a value, the brighter and the less transparent its colour; 0 leaves
    the picture as it is. The contour is one pixel wide, inside of `anomaly_map >
    threshold`, closed along the picture's edge too, with a dark rim outside.

    Args:
        picture: uint8 `[H, W, 3]`, or grey `[H, W]` or `[H, W, 1]`.
        anomaly_map: float `[H, W]`, not negative, at the picture's own size.
        scale: the value that gets the brightest colour, the same for all pictures:
            `detector.map_scale`.
        threshold: the value above which a pixel is novel, `detector.map_threshold`;
            `None` or NaN for no contour.

    Returns:
        uint8 array `[H, W, 3]`.

    Raises:
        ValueError: if the sizes differ, or `scale` is no positive number.
    """
    picture = rgb_picture(picture)
    anomaly_map = np.asarray(anomaly_map)
    check_sizes(picture, anomaly_map)
    check_scale(scale)
    colours = colour_table().astype("float32")
    opacity = _OPACITY * np.linspace(0.0, 1.0, STEPS, dtype="float32") ** _EMPHASIS
    result = np.empty_like(picture)
    # Some rows at a time: a scan of many megapixels is to fit as floats.
    for first in range(0, len(picture), _ROWS):
        rows = slice(first, first + _ROWS)
        steps = colour_steps(anomaly_map[rows], scale)
        below = picture[rows].astype("float32")
        mixed = below + opacity[steps][..., None] * (colours[steps] - below)
        result[rows] = np.rint(mixed)
    if threshold is not None and not math.isnan(threshold):
        line, rim = contour(anomaly_map > threshold)
        result[rim] = _RIM
        result[line] = _LINE
    return result


def contour(inside):
    """The border of a region.

    Args:
        inside: bool `[H, W]`.

    Returns:
        Pair of bool arrays `[H, W]`: the pixels inside that have one of their four
        neighbours outside, or off the picture; and those outside that have one of
        theirs inside.
    """
    from scipy import ndimage

    line = inside & ~ndimage.binary_erosion(inside)
    rim = ndimage.binary_dilation(inside) & ~inside
    return line, rim


def check_sizes(picture, anomaly_map):
    """Refuses a map of another size than its picture.

    Args:
        picture: array `[H, W, 3]`.
        anomaly_map: array.

    Raises:
        ValueError: if the sizes differ.
    """
    if anomaly_map.shape != picture.shape[:2]:
        raise ValueError(
            "An anomaly map must have its picture's own size, (height, width). "
            f"Received: a picture of {picture.shape[:2]} and a map of "
            f"{anomaly_map.shape}. Resize the map first."
        )
