"""A name for what a picture shows, whatever file it comes in."""

import hashlib

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.transcode import RejectedPictureError


def picture_digest(image_bytes):
    """Decodes a picture as the detector does and hashes its pixels.

    Hashed are height, width and the colours at 16 bit, without transparency:
    what the detector sees before it resizes. So the same pixels as PNG and BMP,
    8 bit and 16 bit, grey and grey-in-RGB, have one digest. Decoding is also the
    proof that a picture can be trained on.

    Args:
        image_bytes: bytes, a PNG or JPEG file (see `transcode`).

    Returns:
        str, 64 hexadecimal digits.

    Raises:
        RejectedPictureError: the picture cannot be decoded.
    """
    colours = decode_pixels(image_bytes)
    digest = hashlib.sha256(repr(colours.shape).encode())
    digest.update(np.ascontiguousarray(colours, dtype="<u2").data)
    return digest.hexdigest()


def decode_pixels(image_bytes):
    """Decodes a picture to whole numbers, at its own size.

    Args:
        image_bytes: bytes, a PNG or JPEG file (see `transcode`).

    Returns:
        uint16 array [H, W, 3], 65535 the brightest; grey repeated, without
        transparency.

    Raises:
        RejectedPictureError: the picture cannot be decoded.
    """
    try:
        return _decode(image_bytes)
    except tf.errors.InvalidArgumentError as error:
        raise RejectedPictureError(
            f"damaged or cut short: {len(image_bytes)} bytes starting with "
            f"{bytes(image_bytes[:12])!r} do not decode ({_first_words(error)})"
        ) from error


def _decode(image_bytes):
    # The very operations of `decode_image`, called one by one: of a graph that
    # chooses among them, choosing would be most of the time.
    if image_bytes.startswith(b"\xff\xd8\xff"):
        image = tf.io.decode_jpeg(
            image_bytes, channels=3, dct_method="INTEGER_ACCURATE"
        )
        return image.numpy().astype(np.uint16) * np.uint16(257)
    image = tf.io.decode_png(image_bytes, channels=4, dtype=tf.uint16)
    return image.numpy()[:, :, :3]


def _first_words(error):
    text = error.message.replace("\n", " ").split("}} ")[-1]
    return text.split(" [Op:")[0].strip()[:120]
