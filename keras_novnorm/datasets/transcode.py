"""Picture files that TensorFlow cannot read, or reads wrongly, brought to PNG.

Pillow only: a client can use this without TensorFlow.
"""

import dataclasses
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

MAX_PIXELS = 100_000_000
"""Pictures with more pixels than this are refused before they are decoded."""

READ_KINDS = "PNG, JPEG, BMP, GIF, TIFF, WebP and PPM"
"""The kinds of picture that are read, told from the content, not from the name."""

_ORIENTATION = 0x0112

# The readers are called by themselves: `Image.open` has a pixel limit of its own,
# which is global to the process and cannot be raised for one picture.
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


class RejectedPictureError(ValueError):
    """A file that is set aside; its text is the reason."""


@dataclasses.dataclass(frozen=True)
class PictureInfo:
    """What the header of a picture file says.

    Attributes:
        kind: str, "PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP" or "PPM".
        width: int, pixels across, as stored (before any EXIF rotation).
        height: int, pixels down, as stored.
        mode: str, Pillow's name of the colours: "L", "RGB", "RGBA", "I;16", ...
    """

    kind: str
    width: int
    height: int
    mode: str


def inspect_picture(image_bytes, max_pixels=MAX_PIXELS):
    """Reads the header of a picture file and nothing else.

    Args:
        image_bytes: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        A `PictureInfo`.

    Raises:
        RejectedPictureError: empty, not a picture, or above the limit.
    """
    return _info(_open(image_bytes, max_pixels))


def is_animated(image_bytes, max_pixels=MAX_PIXELS):
    """Says whether a picture file has several frames or pages; the first one is read.

    Args:
        image_bytes: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        bool.

    Raises:
        RejectedPictureError: as `inspect_picture`.
    """
    picture = _open(image_bytes, max_pixels)
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:  # A damaged later frame is none that is read.
        return False


def inspect_and_transcode(image_bytes, max_pixels=MAX_PIXELS):
    """Does both at once.

    Args:
        image_bytes: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        Pair of what `inspect_picture` and `transcode` give.

    Raises:
        RejectedPictureError: empty, not a picture, above the limit, or damaged.
    """
    picture = _open(image_bytes, max_pixels)
    info = _info(picture)  # Loading it may change the mode.
    return info, _transcode(picture, image_bytes)


def transcode(image_bytes, max_pixels=MAX_PIXELS):
    """Gives bytes that `decode_image` reads, and reads rightly.

    PNG and JPEG pass unchanged, unless they carry an EXIF rotation (which
    TensorFlow ignores) or CMYK colours. Everything else becomes a PNG of its
    first frame, upright, 16 bit grey kept, transparency dropped.

    What passes unchanged has its header checked, not its pixels: decoding does
    that. See `picture_digest`.

    Args:
        image_bytes: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        bytes of a PNG or JPEG file.

    Raises:
        RejectedPictureError: empty, not a picture, above the limit, or damaged.
    """
    return _transcode(_open(image_bytes, max_pixels), image_bytes)


def _info(picture):
    return PictureInfo(picture.format, *picture.size, picture.mode)


def _transcode(picture, image_bytes):
    if _passes(picture, image_bytes):
        return image_bytes
    try:
        picture.load()
        upright = _to_png_mode(ImageOps.exif_transpose(picture))
    except RejectedPictureError:
        raise
    except Exception as error:
        raise RejectedPictureError(
            f"damaged or cut short: {picture.format} of {len(image_bytes)} bytes "
            f"({error})"
        ) from error
    file = io.BytesIO()
    upright.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _open(image_bytes, max_pixels):
    if not image_bytes:
        raise RejectedPictureError("empty: the file has 0 bytes")
    reader = next(
        (reader for magic, reader in _READERS if image_bytes.startswith(magic)), None
    )
    if reader is None:
        raise RejectedPictureError(
            f"not a picture: {len(image_bytes)} bytes starting with "
            f"{bytes(image_bytes[:12])!r}; read are {READ_KINDS}"
        )
    try:
        picture = reader(io.BytesIO(image_bytes))
    except Exception as error:
        raise RejectedPictureError(
            f"damaged or cut short: {len(image_bytes)} bytes starting with "
            f"{bytes(image_bytes[:12])!r} ({error})"
        ) from error
    width, height = picture.size
    if width * height > max_pixels:
        raise RejectedPictureError(
            f"too large: {width} x {height} is {width * height / 1e6:.4g} megapixels, "
            f"the limit is {max_pixels / 1e6:.4g}; raise it with --max-megapixels"
        )
    return picture


def _passes(picture, image_bytes):
    if picture.format == "PNG":
        # Asking Pillow for the EXIF data of a PNG without any decodes it.
        return b"eXIf" not in image_bytes or _is_upright(picture)
    if picture.format == "JPEG":
        return picture.mode in ("L", "RGB") and _is_upright(picture)
    return False


def _is_upright(picture):
    try:
        return picture.getexif().get(_ORIENTATION, 1) not in range(2, 9)
    except Exception:  # Damaged EXIF data says nothing about the rotation.
        return True


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
    raise RejectedPictureError(f"colours of mode {mode} are not read; save it as PNG")


def _to_uint16(values, mode):
    top, allowed = (1.0, "[0, 1]") if mode == "F" else (65535, "[0, 65535]")
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= top):
        raise RejectedPictureError(
            f"32 bit values must lie in {allowed}; received [{low:g}, {high:g}]"
        )
    if mode == "F":
        values = np.rint(values.astype(np.float64) * 65535)
    return values.astype(np.uint16)
