"""Colours of more than 8 bits, of which Pillow gives 8."""

import numpy as np

from novnorm_pictures.bit_depth import bits_of, netpbm_fields
from novnorm_pictures.levels import stretched, to_uint16
from novnorm_pictures.picture_error import PictureError, damaged, needs_extra, not_read
from novnorm_pictures.turned import ORIENTATION, upright

COLOURS = ("RGB", "RGBA", "LA")
"""Pillow's names of colours of which it keeps 8 bits; grey it keeps whole."""


def _read_ppm(content):
    width, height, top, start = netpbm_fields(content)
    wanted = width * height * 3
    there = (len(content) - start) // 2
    if there < wanted:
        raise PictureError(
            f"damaged or cut short: PPM of {width} x {height} with {there} of {wanted} "
            "levels"
        )
    levels = np.frombuffer(content, ">u2", wanted, start)
    levels = levels.astype(np.uint64).reshape(height, width, 3)
    # As Pillow spreads the levels of grey ones.
    return np.minimum((levels * 65535 + top // 2) // top, 65535).astype(np.uint16)


def _read_jpeg2000(content):
    imagecodecs = _imagecodecs("JPEG 2000 of more than 8 bits a level")
    try:
        values = imagecodecs.jpeg2k_decode(content)
    except Exception as error:
        raise damaged(content, error) from error
    if values.ndim != 3 or values.shape[2] != 3 or values.dtype.kind != "u":
        raise not_read(
            f"JPEG 2000 of {values.dtype} with shape {values.shape}",
            "save it as PNG of 16 bits",
        )
    return stretched(values, bits_of("JPEG2000", content))


def _read_png(content):
    """A PNG that must be turned; others are not decoded here."""
    import io

    from PIL import PngImagePlugin

    imagecodecs = _imagecodecs("PNG of 16 bits a level that is to be turned")
    orientation = PngImagePlugin.PngImageFile(io.BytesIO(content)).getexif()
    try:
        values = imagecodecs.png_decode(content)
    except Exception as error:
        raise damaged(content, error) from error
    return upright(to_uint16(values), orientation.get(ORIENTATION, 1))


def _imagecodecs(what):
    try:
        import imagecodecs
    except ImportError as error:
        raise needs_extra(what) from error
    return imagecodecs


READERS = {"PNG": _read_png, "PPM": _read_ppm, "JPEG2000": _read_jpeg2000}
"""By kind, a function of the file's bytes to a uint16 array [H, W, C], upright."""
