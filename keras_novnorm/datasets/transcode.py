"""Picture files that TensorFlow cannot read, or reads wrongly, brought to PNG.

No TensorFlow: what reads files is `novnorm_pictures`, which the client uses, too.
"""

import dataclasses

from novnorm_pictures import READ_KINDS, PictureError, open_picture, readable_bytes
from novnorm_pictures.picture_error import TooLargeError

__all__ = [
    "MAX_PIXELS",
    "READ_KINDS",
    "PictureInfo",
    "RejectedPictureError",
    "inspect_and_transcode",
    "inspect_picture",
    "is_animated",
    "transcode",
]

MAX_PIXELS = 100_000_000
"""Pictures with more pixels than this are refused before they are decoded."""

RejectedPictureError = PictureError
"""A file that is set aside; its text is the reason."""


@dataclasses.dataclass(frozen=True)
class PictureInfo:
    """What the header of a picture file says.

    Attributes:
        kind: str, "PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "JPEG2000",
            "AVIF" or "HEIC".
        width: int, pixels across, as stored (before any EXIF rotation).
        height: int, pixels down, as stored.
        mode: str, Pillow's name of the colours: "L", "RGB", "RGBA", "I;16", ...; of
            colours of more than 8 bits "RGB;16", "LA;16", ...
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
        RejectedPictureError: empty, not a picture, of a kind that is not read, or
            above the limit.
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
    return _open(image_bytes, max_pixels).num_frames > 1


def inspect_and_transcode(image_bytes, max_pixels=MAX_PIXELS):
    """Does both at once.

    Args:
        image_bytes: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        Pair of what `inspect_picture` and `transcode` give.

    Raises:
        RejectedPictureError: as `transcode`.
    """
    picture = _open(image_bytes, max_pixels)
    return _info(picture), readable_bytes(picture)


def transcode(image_bytes, max_pixels=MAX_PIXELS):
    """Gives bytes that `decode_image` reads, and reads rightly.

    PNG and JPEG pass unchanged, unless they carry an EXIF rotation (which
    TensorFlow ignores) or CMYK colours. Everything else becomes a PNG of its
    first frame, upright, with all its levels and its transparency.

    What passes unchanged has its header checked, not its pixels: decoding does
    that. See `picture_digest`.

    Args:
        image_bytes: bytes, a whole picture file.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        bytes of a PNG or JPEG file.

    Raises:
        RejectedPictureError: empty, not a picture, of a kind that is not read, above
            the limit, or damaged.
    """
    return readable_bytes(_open(image_bytes, max_pixels))


def _info(picture):
    return PictureInfo(picture.kind, picture.width, picture.height, picture.mode)


def _open(image_bytes, max_pixels):
    try:
        return open_picture(image_bytes, max_pixels)
    except TooLargeError as error:
        raise RejectedPictureError(
            f"{error}; raise it with --max-megapixels"
        ) from error
