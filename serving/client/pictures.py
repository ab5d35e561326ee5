"""What a caller gives, file, folder, bytes or array, as pictures to send."""

import dataclasses
import os

import numpy as np
from PIL import Image

from serving.client import picture_files
from serving.client.transcode import UnreadablePictureError, to_png, to_sendable

_CHANNELS = (1, 3, 4)


@dataclasses.dataclass(frozen=True)
class Picture:
    """One picture, ready to be sent, or the reason why not.

    Attributes:
        file: str, its path as found, or None.
        content: bytes of a PNG or JPEG file, or None.
        pixels: uint8 array of the model's size, or None.
        note: str, what was changed before sending, or None.
        error: str, why it is not sent, or None.
    """

    file: str | None = None
    content: bytes | None = None
    pixels: np.ndarray | None = None
    note: str | None = None
    error: str | None = None

    @property
    def size(self):
        """int, its bytes in a request."""
        return len(self.content or b"") if self.pixels is None else self.pixels.nbytes


def read(given, model_shape):
    """Reads pictures, one after the other.

    Args:
        given: one picture, or an iterable of pictures: str or path of a file, or
            of a folder to search through; bytes of a file; uint8 array [H, W],
            [H, W, C] or [B, H, W, C].
        model_shape: function to the [H, W, C] that the model takes as pixels, or
            to None if it takes none; called for arrays only.

    Yields:
        `Picture`.

    Raises:
        TypeError, ValueError: something given is no picture.
    """
    single = isinstance(given, (str, os.PathLike, bytes, bytearray, memoryview))
    if single or isinstance(given, np.ndarray):
        given = [given]
    for item in given:
        if isinstance(item, (str, os.PathLike)):
            for path in picture_files.find([os.fspath(item)])[0]:
                yield _from_file(path)
        elif isinstance(item, (bytes, bytearray, memoryview)):
            yield _from_bytes(None, bytes(item))
        elif hasattr(item, "__array__") or isinstance(item, list):
            for pixels in _images(np.asarray(item)):
                yield _from_pixels(pixels, model_shape())
        else:
            raise TypeError(
                "a picture is a path, bytes of a file, or a uint8 array; received "
                f"{type(item).__name__}"
            )


def check_array(images):
    """Refuses an array that holds no pictures.

    Args:
        images: array.

    Raises:
        ValueError: not uint8, or of another form.
    """
    fits = images.ndim in (2, 3, 4)
    if images.ndim > 2:
        fits = fits and images.shape[-1] in _CHANNELS
    if images.dtype != np.uint8 or not fits:
        raise ValueError(
            "images must be uint8 in [0, 255], [H, W], [H, W, C] or [B, H, W, C] with "
            f"1, 3 or 4 channels, got {images.dtype} {list(images.shape)}"
        )


def _images(array):
    check_array(array)
    return array if array.ndim == 4 else [array]


def _from_file(path):
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        return Picture(file=path, error=f"cannot be read: {error.strerror}")
    return _from_bytes(path, content)


def _from_bytes(path, content):
    try:
        content, note = to_sendable(content)
    except UnreadablePictureError as error:
        return Picture(file=path, error=str(error))
    return Picture(file=path, content=content, note=note)


def _from_pixels(pixels, model_shape):
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if model_shape is not None and pixels.shape == tuple(model_shape):
        return Picture(pixels=pixels)
    # The size is changed by the model itself, as for files: two ways to make a
    # picture smaller would be two scores.
    plain = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
    return Picture(content=to_png(Image.fromarray(np.ascontiguousarray(plain))))
