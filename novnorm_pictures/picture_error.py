"""Why a file is set aside."""


class PictureError(ValueError):
    """A file that is not used; its text is the reason."""


class TooLargeError(PictureError):
    """A picture with more pixels than are accepted.

    Args:
        width: int, pixels across.
        height: int, pixels down.
        max_pixels: int, the most that are accepted.
    """

    def __init__(self, width, height, max_pixels):
        super().__init__(
            f"too large: {width} x {height} is {width * height / 1e6:.4g} megapixels, "
            f"the limit is {max_pixels / 1e6:.4g}"
        )


def damaged(content, error):
    """The error of a file whose bytes do not hold together.

    Args:
        content: bytes, the file.
        error: what its reader says.

    Returns:
        `PictureError`.
    """
    return PictureError(
        f"damaged or cut short: {len(content)} bytes starting with "
        f"{bytes(content[:12])!r} ({error})"
    )


def not_read(kind, remedy):
    """The error of a sound file of a kind that is not read.

    Args:
        kind: str, what it is, in words.
        remedy: str, what to do.

    Returns:
        `PictureError`.
    """
    return PictureError(f"{kind}: a sound file of a kind that is not read; {remedy}")


def needs_extra(kind):
    """The error of a kind that only a reader which is not installed reads whole.

    Args:
        kind: str, what it is, in words.

    Returns:
        `PictureError`.
    """
    return not_read(kind, "to read it: pip install 'keras-novnorm[pictures]'")
