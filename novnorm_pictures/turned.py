"""Turning pictures as their files say."""

import numpy as np

ORIENTATION = 0x0112
"""The tag that says how a picture is to be turned, in EXIF data and in TIFF."""


def upright(pixels, orientation):
    """Turns an array as the tag says.

    Args:
        pixels: array [H, W, ...].
        orientation: int, 1 to 8; anything else turns nothing.

    Returns:
        Array, turned or mirrored.
    """
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def is_turned(picture):
    """Says whether a file asks to be turned.

    Args:
        picture: `PIL.Image.Image`.

    Returns:
        bool.
    """
    try:
        return picture.getexif().get(ORIENTATION, 1) in range(2, 9)
    except Exception:  # Damaged EXIF data says nothing about the rotation.
        return False
