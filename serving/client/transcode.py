"""Brings to PNG what the decoder in an exported graph cannot read, or reads wrongly.

A detector's training data went through the same conversion (`novnorm_pictures`), so
that a picture scores alike in both places.
"""

import numpy as np
from PIL import Image

from novnorm_pictures import PictureError, open_picture, readable_bytes, why_changed
from novnorm_pictures.picture_error import TooLargeError
from novnorm_pictures.png_file import encode_png as to_png

__all__ = [
    "LARGEST",
    "UnreadablePictureError",
    "picture_to_show",
    "to_png",
    "to_sendable",
]

LARGEST = 100_000_000
"""Pixels of a picture that is converted here; the server has a limit of its own."""

UnreadablePictureError = PictureError
"""A file that is not sent; its text is the reason."""


def to_sendable(content):
    """Gives bytes that the graph's decoder reads rightly.

    PNG and JPEG pass unchanged, unless they carry a rotation, or the JPEG is not
    of grey or YCbCr colours. The rest becomes a PNG of its first frame, upright,
    with all its levels and its transparency.

    Args:
        content: bytes, a whole picture file.

    Returns:
        tuple of bytes, and str or None: the file to send, and what was changed.

    Raises:
        UnreadablePictureError: empty, no picture, of a kind that is not read, too
            large, or damaged. The pixels of what passes unchanged are looked at by
            the server alone.
    """
    picture = _open(content)
    reason = why_changed(picture)
    sent = readable_bytes(picture)
    return sent, None if reason is None else f"sent as PNG: {reason}"


def picture_to_show(content):
    """Decodes a picture for people: its first frame, upright, on black.

    Args:
        content: bytes, a whole picture file.

    Returns:
        `PIL.Image.Image` of mode RGB.

    Raises:
        UnreadablePictureError: as `to_sendable`.
    """
    pixels = _open(content).pixels()
    if isinstance(pixels, Image.Image) and pixels.mode == "I;16":
        pixels = np.asarray(pixels)[:, :, None]
    if isinstance(pixels, np.ndarray):
        eight = np.rint(pixels * (255.0 / 65535.0)).astype(np.uint8)
        pixels = Image.fromarray(eight[:, :, 0] if eight.shape[2] == 1 else eight)
    if "A" not in pixels.getbands():
        return pixels.convert("RGB")
    black = Image.new("RGB", pixels.size)
    black.paste(pixels.convert("RGB"), mask=pixels.getchannel("A"))
    return black


def _open(content):
    try:
        return open_picture(content, LARGEST)
    except TooLargeError as error:
        raise UnreadablePictureError(
            f"{error}; make it smaller before sending it"
        ) from error
