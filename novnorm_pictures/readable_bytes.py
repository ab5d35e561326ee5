"""The bytes that a detector's graph reads, and reads rightly."""

from novnorm_pictures.png_file import encode_png
from novnorm_pictures.turned import is_turned


def why_changed(picture):
    """Says why a picture cannot be given to the graph as it is.

    The graph reads PNG and JPEG; it ignores the EXIF rotation of both, and has its own
    mind on JPEG files of other colours than grey and RGB.

    Args:
        picture: `PictureFile`.

    Returns:
        str, or None: it can.
    """
    kind = picture.kind
    if kind not in ("PNG", "JPEG"):
        frames = picture.num_frames
        return f"{kind}, the first of {frames} frames" if frames > 1 else kind
    if kind == "JPEG" and picture.mode not in ("L", "RGB"):
        return f"JPEG of {picture.mode} colours"
    # Asking Pillow for the EXIF data of a PNG without any decodes it.
    asked = kind == "JPEG" or b"eXIf" in picture.content
    return f"{kind} with a rotation" if asked and is_turned(picture.pillow) else None


def readable_bytes(picture):
    """Gives bytes that the graph reads rightly.

    What passes unchanged has its header checked, not its pixels: decoding does that.
    Everything else becomes a PNG of its first frame, upright, with all levels and its
    transparency.

    Args:
        picture: `PictureFile`.

    Returns:
        bytes of a PNG or JPEG file.

    Raises:
        PictureError: damaged, or colours that are not read.
    """
    if why_changed(picture) is None:
        return picture.content
    return encode_png(picture.pixels())
