"""Masks: which pixels of a picture are anomalous, read, checked and resized."""

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.encode_png import encode_png
from keras_novnorm.datasets.picture_digest import decode_pixels
from keras_novnorm.datasets.transcode import (
    MAX_PIXELS,
    RejectedPictureError,
    inspect_picture,
    transcode,
)

MASK_REFUSED = "mask refused, picture kept"
"""How the reason begins where a picture is kept and only its mask is not."""

# What JPEG makes of black is not quite black.
_JPEG_LEVEL = 65535 // 2


def read_mask(mask_bytes, image_bytes, max_pixels=MAX_PIXELS):
    """Reads the mask of a picture from a file of any kind that is read.

    A pixel is anomalous where any colour is not 0; in a JPEG file, which blurs, where
    one is above half of the range. A mask that is 0 everywhere is a mask.

    Args:
        mask_bytes: bytes, a whole picture file.
        image_bytes: bytes of the picture, as `transcode` gives them.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        bytes of a PNG file of one channel, 0 and 255, of the picture's size.

    Raises:
        RejectedPictureError: no usable picture, or not of the picture's size.
    """
    mask_bytes = transcode(mask_bytes, max_pixels)
    found = inspect_picture(mask_bytes, max_pixels)
    wanted = inspect_picture(image_bytes, max_pixels)
    if (found.width, found.height) != (wanted.width, wanted.height):
        raise RejectedPictureError(
            f"is {found.width} x {found.height}, its picture {wanted.width} x "
            f"{wanted.height}; give a mask of the picture's size"
        )
    level = _JPEG_LEVEL if found.kind == "JPEG" else 0
    anomalous = np.any(decode_pixels(mask_bytes) > level, axis=-1)
    return encode_png(anomalous.astype(np.uint8) * np.uint8(255))


def mask_of(element, image_bytes, max_pixels=MAX_PIXELS):
    """Gives the mask of a picture, or why it has none.

    Args:
        element: `SourceImage` that was read.
        image_bytes: bytes of its picture, as `transcode` gives them.
        max_pixels: int, the largest `width * height` that is accepted.

    Returns:
        Tuple of bytes, as `read_mask` gives them or empty, and the reason for which a
        mask that should be there was refused, str or None.
    """
    if element.mask_problem:
        return b"", f"{MASK_REFUSED}: {element.mask_problem}"
    if element.mask_bytes is None:
        return b"", None
    try:
        masks = [
            read_mask(one, image_bytes, max_pixels)
            for one in (element.mask_bytes, *element.more_masks)
        ]
    except RejectedPictureError as error:
        return b"", f"{MASK_REFUSED}: {error}"
    return (masks[0] if len(masks) == 1 else unite_masks(masks)), None


def unite_masks(masks):
    """Makes one mask of several: anomalous is what one of them says is.

    Args:
        masks: list of bytes, as `read_mask` gives them, of one size.

    Returns:
        bytes, likewise.
    """
    united = np.any([decode_pixels(one) > 0 for one in masks], axis=0)[:, :, 0]
    return encode_png(united.astype(np.uint8) * np.uint8(255))


def decode_mask(mask_bytes, height, width):
    """Decodes a mask and brings it to a size by its nearest neighbour.

    Row `i` of the result is row `floor((i + 1/2) * H / height)` of the `H` rows of the
    mask, and columns likewise: what lies at the middle of the pixel.

    Args:
        mask_bytes: bytes, as `read_mask` gives them.
        height: int, rows of the result.
        width: int, columns of the result.

    Returns:
        bool array `[height, width]`, true where anomalous.
    """
    mask = tf.io.decode_png(mask_bytes, channels=1).numpy()[:, :, 0] > 0
    return mask[_nearest(height, len(mask))][:, _nearest(width, mask.shape[1])]


def mask_at_size(mask_bytes, height, width):
    """A mask at the size of a map, and whether nothing of it is left there.

    Args:
        mask_bytes: bytes, as `read_mask` gives them.
        height: int, rows of the map.
        width: int, columns of the map.

    Returns:
        Tuple of a bool array `[height, width]`, as `decode_mask` gives it, and a bool.
    """
    mask = decode_mask(mask_bytes, height, width)
    return mask, not mask.any() and bool(np.any(decode_pixels(mask_bytes)))


def _nearest(wanted, there):
    return (2 * np.arange(wanted) + 1) * there // (2 * wanted)
