"""Pictures in the one form that is drawn on."""

import numpy as np


def picture_of_file(image_bytes, value_range=None):
    """Decode a picture file for people, at its own size.

    Args:
        image_bytes: bytes, as `transcode` gives them.
        value_range: pair of shares of the whole range that is spread over all of it, as
            the detector has it; or `None`.

    Returns:
        uint8 array `[h, w, 3]`.
    """
    from keras_novnorm.datasets.picture_digest import decode_pixels

    colours = decode_pixels(image_bytes)
    if value_range:
        low, high = (65535 * end for end in value_range)
        colours = np.clip((colours - low) * (65535 / (high - low)), 0, 65535)
    return (colours // 257).astype("uint8")


def rgb_picture(picture):
    """A picture in colour, 8 bit.

    Args:
        picture: `[H, W]`, `[H, W, 1]` or `[H, W, 3]`, uint8, or float in [0, 1].

    Returns:
        uint8 array `[H, W, 3]`.

    Raises:
        ValueError: if `picture` has another shape.
    """
    picture = np.asarray(picture)
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[-1] not in (1, 3):
        raise ValueError(
            "A picture must be [height, width], or that with 1 or 3 channels. "
            f"Received an array of shape {picture.shape}."
        )
    if picture.dtype != np.uint8:
        picture = np.rint(np.clip(picture, 0.0, 1.0) * 255).astype(np.uint8)
    return np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture
