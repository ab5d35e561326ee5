"""A name for what a picture shows, whatever file it comes in."""

import functools
import hashlib

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.transcode import RejectedPictureError

# Pictures reach this point with their size checked; the graph need not ask again.
_ANY_SIZE = 2**62


def picture_digest(image_bytes):
    """Decodes a picture with the detector's own decoder and hashes its pixels.

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
    try:
        image = _decoder()(image_bytes).numpy()
    except tf.errors.InvalidArgumentError as error:
        raise RejectedPictureError(
            f"damaged or cut short: {len(image_bytes)} bytes starting with "
            f"{bytes(image_bytes[:12])!r} do not decode ({_first_words(error)})"
        ) from error
    colours = np.rint(image * 65535.0).astype("<u2")
    digest = hashlib.sha256(repr(colours.shape).encode())
    digest.update(colours.tobytes())
    return digest.hexdigest()


@functools.cache
def _decoder():
    return tf.function(
        lambda image_bytes: decode_image(image_bytes, (None, None, 3), _ANY_SIZE),
        input_signature=[tf.TensorSpec([], tf.string)],
    )


def _first_words(error):
    text = error.message.replace("\n", " ").split("}} ")[-1]
    return text.split(" [[")[0].strip()[:120]
