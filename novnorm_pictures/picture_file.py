"""A picture file: what its header says, and its pixels as they were meant."""

import dataclasses
import io
import typing

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from novnorm_pictures import deep_pixels
from novnorm_pictures.bit_depth import bits_of
from novnorm_pictures.kinds import kind_of, name_of_other
from novnorm_pictures.levels import to_uint16
from novnorm_pictures.picture_error import (
    PictureError,
    TooLargeError,
    damaged,
    needs_extra,
    not_read,
)
from novnorm_pictures.tiff_layout import read_layout
from novnorm_pictures.tiff_pixels import read_tiff

READ_KINDS = "PNG, JPEG, BMP, GIF, TIFF, WebP, PPM, JPEG 2000, AVIF and HEIC"
"""The kinds of picture that are read, told from the content, not from the name."""

# The readers are called by themselves: `Image.open` has a pixel limit of its own,
# which is global to the process and cannot be raised for one picture.
_READERS = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "PPM": PpmImagePlugin.PpmImageFile,
    "JPEG2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}
_AS_8_BIT = "save it with 8 bits, or as PNG of 16 bits"


@dataclasses.dataclass(frozen=True)
class PictureFile:
    """A file whose header was read.

    Attributes:
        kind: str, "PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "JPEG2000",
            "AVIF" or "HEIC".
        width: int, pixels across, as stored (before any EXIF rotation).
        height: int, pixels down, as stored.
        mode: str, Pillow's name of the colours: "L", "RGB", "RGBA", "I;16", ...; of
            more than 8 bits that Pillow has no name for, "RGB;16", "LA;16", ...
        content: bytes, the file.
        pillow: `PIL.Image.Image`, not decoded; None where Pillow does not read it.
        deep: function of the content to uint16 array [H, W, C], upright, where Pillow
            would lose levels; None where it does not.
    """

    kind: str
    width: int
    height: int
    mode: str
    content: bytes
    pillow: typing.Any
    deep: typing.Any = None

    @property
    def num_frames(self):
        """int, frames or pages; those that cannot be counted are one."""
        try:
            return int(getattr(self.pillow, "n_frames", 1))
        except Exception:  # A damaged later frame is none that is read.
            return 1

    def pixels(self):
        """Decodes the first frame, turned as its EXIF data say.

        Returns:
            `PIL.Image.Image` of mode L, LA, RGB, RGBA or I;16; or, of more bits, uint16
            array [H, W, C]. Transparency is kept: the graph lays it on black.

        Raises:
            PictureError: damaged, or colours that are not read.
        """
        if self.deep is not None:
            return self.deep(self.content)
        try:
            self.pillow.load()
            return _to_png_mode(ImageOps.exif_transpose(self.pillow))
        except PictureError:
            raise
        except Exception as error:
            raise PictureError(
                f"damaged or cut short: {self.kind} of {len(self.content)} bytes "
                f"({error})"
            ) from error


def open_picture(content, max_pixels):
    """Reads the header of a picture file and nothing else.

    Args:
        content: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        `PictureFile`.

    Raises:
        PictureError: empty, not a picture, of a kind that is not read, above the limit,
            or damaged.
    """
    if not content:
        raise PictureError("empty: the file has 0 bytes")
    kind = kind_of(content)
    if kind is None:
        raise _no_picture(content)
    picture = _open_tiff(content) if kind == "TIFF" else _open(kind, content)
    if picture.width * picture.height > max_pixels:
        raise TooLargeError(picture.width, picture.height, max_pixels)
    return picture


def _no_picture(content):
    name = name_of_other(content)
    if name:
        return not_read(name, f"read are {READ_KINDS}")
    return PictureError(
        f"not a picture: {len(content)} bytes starting with "
        f"{bytes(content[:12])!r}; read are {READ_KINDS}"
    )


def _open(kind, content):
    try:
        pillow = _reader_of(kind)(io.BytesIO(content))
    except PictureError:
        raise
    except Exception as error:
        raise damaged(content, error) from error
    bits, mode, deep = bits_of(kind, content), pillow.mode, None
    if bits > 8 and kind in ("AVIF", "HEIC"):
        raise not_read(f"{kind} of {bits} bits a level", _AS_8_BIT)
    if kind == "JPEG2000" and mode in ("LA", "RGBA") and b"cdef" not in content:
        raise not_read(
            f"{kind} of {len(mode)} bands, of which the file does not say "
            "that the last is alpha",
            "save the bands that matter as grey or RGB",
        )
    if bits > 8 and mode in deep_pixels.COLOURS:
        deep = deep_pixels.READERS[kind]
        mode = f"{mode};16"
    return PictureFile(kind, *pillow.size, mode, content, pillow, deep)


def _open_tiff(content):
    try:
        layout = read_layout(content)
    except Exception as error:
        raise damaged(content, error) from error
    layout.check()
    size = layout.width, layout.height
    if layout.is_as_pillow_reads:
        return _open("TIFF", content)
    return PictureFile(
        "TIFF", *size, layout.mode, content, None, lambda c: read_tiff(c, layout)
    )


def _reader_of(kind):
    if kind != "HEIC":
        return _READERS[kind]
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise needs_extra("HEIC photograph") from error
    return HeifImageFile


def _to_png_mode(picture):
    mode = picture.mode
    if mode == "1":
        return picture.convert("L")
    if mode == "I;16":
        return picture
    if mode.startswith("I") or mode == "F":
        return Image.fromarray(to_uint16(np.asarray(picture)))
    if picture.has_transparency_data:
        return _with_alpha(picture, "L" if mode in ("L", "LA", "La") else "RGB")
    if mode in ("L", "RGB"):
        return picture
    if mode in ("P", "RGBX", "CMYK", "YCbCr"):
        return picture.convert("RGB")
    raise PictureError(f"colours of mode {mode} are not read; save it as PNG")


def _with_alpha(picture, opaque):
    picture = picture.convert(f"{opaque}A")
    # What is nowhere transparent needs no alpha.
    return picture.convert(opaque) if picture.getextrema()[-1][0] == 255 else picture
