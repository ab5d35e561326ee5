"""Brings to PNG what the decoder in an exported graph cannot read, or reads wrongly.

TensorFlow's decoder reads no TIFF, WebP or PPM, ignores the EXIF rotation, has its own
mind on CMYK, and mixes the frames of animations into one tensor. A detector's training
data went through the same conversion, so that a picture scores alike in both places.
"""

import io

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

LARGEST = 100_000_000
"""Pixels of a picture that is converted here; the server has a limit of its own."""

_KINDS = "PNG, JPEG, BMP, GIF, TIFF, WebP and PPM"
_ORIENTATION = 0x0112
# The readers are called by themselves: `Image.open` has a pixel limit of its own,
# which is global to the process, and readers for much more than is wanted here.
_READERS = (
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
    (b"GIF87a", GifImagePlugin.GifImageFile),
    (b"GIF89a", GifImagePlugin.GifImageFile),
    (b"II*\x00", TiffImagePlugin.TiffImageFile),
    (b"MM\x00*", TiffImagePlugin.TiffImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
    (b"P5", PpmImagePlugin.PpmImageFile),
    (b"P6", PpmImagePlugin.PpmImageFile),
)


class UnreadablePictureError(ValueError):
    """A file that is not sent; its text is the reason."""


def to_sendable(content):
    """Gives bytes that the graph's decoder reads rightly.

    PNG and JPEG pass unchanged, unless they carry a rotation, or the JPEG is not
    of grey or YCbCr colours. The rest becomes a PNG of its first frame, upright,
    16 bit grey kept, transparency dropped.

    Args:
        content: bytes, a whole picture file.

    Returns:
        tuple of bytes, and str or None: the file to send, and what was changed.

    Raises:
        UnreadablePictureError: empty, no picture, too large, or damaged. The
            pixels of what passes unchanged are looked at by the server alone.
    """
    picture = open_picture(content)
    reason = _reason(picture, content)
    if reason is None:
        return content, None
    upright = upright_picture(picture)
    return to_png(upright), f"sent as PNG: {reason}"


def open_picture(content):
    """Reads a picture's header.

    Args:
        content: bytes, a whole picture file.

    Returns:
        `PIL.Image.Image`, not yet decoded.

    Raises:
        UnreadablePictureError: empty, no picture, too large, or damaged.
    """
    if not content:
        raise UnreadablePictureError("empty: the file has 0 bytes")
    found = [reader for magic, reader in _READERS if content.startswith(magic)]
    if not found:
        raise UnreadablePictureError(
            f"not a picture: {len(content)} bytes starting with "
            f"{bytes(content[:12])!r}; read are {_KINDS}"
        )
    try:
        picture = found[0](io.BytesIO(content))
    except Exception as error:
        raise UnreadablePictureError(
            f"damaged or cut short: {len(content)} bytes starting with "
            f"{bytes(content[:12])!r} ({error})"
        ) from error
    width, height = picture.size
    if width * height > LARGEST:
        raise UnreadablePictureError(
            f"too large: {width} x {height} is {width * height / 1e6:.4g} megapixels, "
            f"the limit is {LARGEST / 1e6:.4g}; make it smaller before sending it"
        )
    return picture


def upright_picture(picture):
    """Decodes a picture's first frame, turned as its EXIF data say.

    Args:
        picture: `PIL.Image.Image`, as `open_picture` gives it.

    Returns:
        `PIL.Image.Image` of mode L, RGB or I;16.

    Raises:
        UnreadablePictureError: damaged, or colours that are not read.
    """
    try:
        picture.load()
        return _to_png_mode(ImageOps.exif_transpose(picture))
    except UnreadablePictureError:
        raise
    except Exception as error:
        raise UnreadablePictureError(
            f"damaged or cut short: {picture.format} ({error})"
        ) from error


def to_png(picture):
    """Encodes a picture without loss.

    Args:
        picture: `PIL.Image.Image`.

    Returns:
        bytes of a PNG file.
    """
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _reason(picture, content):
    """str, why a picture cannot be sent as it is, or None."""
    kind = picture.format
    if kind not in ("PNG", "JPEG"):
        frames = getattr(picture, "n_frames", 1)
        return f"{kind}, the first of {frames} frames" if frames > 1 else kind
    if kind == "JPEG" and picture.mode not in ("L", "RGB"):
        return f"JPEG of {picture.mode} colours"
    # Asking Pillow for the EXIF data of a PNG without any decodes it.
    if (kind == "JPEG" or b"eXIf" in content) and _is_turned(picture):
        return f"{kind} with a rotation"
    return None


def _is_turned(picture):
    try:
        return picture.getexif().get(_ORIENTATION, 1) in range(2, 9)
    except Exception:  # Damaged EXIF data says nothing about the rotation.
        return False


def _to_png_mode(picture):
    mode = picture.mode
    if mode == "1":
        return picture.convert("L")
    if mode in ("L", "RGB", "I;16"):
        return picture
    if mode in ("LA", "La"):
        return picture.convert("LA").getchannel("L")
    if mode.startswith("I") or mode == "F":
        return Image.fromarray(_to_uint16(np.asarray(picture), mode))
    if mode in ("P", "PA", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"):
        return picture.convert("RGB")
    raise UnreadablePictureError(f"colours of mode {mode} are not read; save it as PNG")


def _to_uint16(values, mode):
    top, allowed = (1.0, "[0, 1]") if mode == "F" else (65535, "[0, 65535]")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= top):
        raise UnreadablePictureError(
            f"32 bit values must lie in {allowed}; received [{low:g}, {high:g}]"
        )
    if mode == "F":
        values = np.rint(values.astype(np.float64) * 65535)
    return values.astype(np.uint16)
