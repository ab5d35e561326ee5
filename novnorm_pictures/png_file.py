"""Pixels to PNG files, without loss."""

import io
import struct
import zlib

import numpy as np

_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}


def encode_png(pixels):
    """Encodes a picture.

    Args:
        pixels: `PIL.Image.Image`; or uint16 array [H, W] or [H, W, C] with C 1 to 4:
            grey, grey and alpha, RGB, RGBA, which Pillow does not write.

    Returns:
        bytes of a PNG file.
    """
    if not isinstance(pixels, np.ndarray):
        file = io.BytesIO()
        pixels.save(file, "PNG", compress_level=1)
        return file.getvalue()
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + 2 * width * channels), np.uint8)  # 0: no filter
    rows[:, 1:] = pixels.astype(">u2").reshape(height, -1).view(np.uint8)
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOURS[channels], 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name, content):
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
