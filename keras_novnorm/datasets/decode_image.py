"""The one way from the bytes of a picture file to the tensor a detector sees.

Plain TensorFlow operations only, so that the training reader and the exported
graph run the very same code.
"""

import tensorflow as tf

from keras_novnorm.datasets.decode_kinds import decode_colours
from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.datasets.transcode import MAX_PIXELS


def decode_image(image_bytes, image_shape, max_pixels=MAX_PIXELS, resize="stretch"):
    """Decodes one picture to float32 in [0, 1] of a given shape.

    The kind is told from the content, never from a name. 8 and 16 bit are both
    kept exactly: `v / 255` and `v / 65535`. What is transparent is laid on black:
    each colour is multiplied by its alpha. Grey comes from colour by the ITU-R 601
    weights, colour from grey by repetition. The size is changed only where it
    differs, bilinearly and with antialiasing, to exactly `image_shape`.

    Args:
        image_bytes: string tensor of shape [], a whole picture file.
        image_shape: `(height, width, channels)`, channels 1 or 3. A height and
            width of `None` keep the picture's own size.
        max_pixels: int, the largest `height * width` that is decoded.
        resize: "stretch" or "pad" (see `Resizing`).

    Returns:
        float32 tensor [height, width, channels] in [0, 1].

    Raises:
        ValueError: `image_shape` is not one of the above.
        tf.errors.InvalidArgumentError: the bytes are no picture of an accepted
            kind, are damaged or cut short, or have too many pixels.
    """
    height, width, channels = _check_image_shape(image_shape)
    image_bytes = tf.ensure_shape(tf.convert_to_tensor(image_bytes, tf.string), [])
    image = decode_colours(image_bytes, max_pixels)
    if channels == 1:
        image = _to_grey(image)
    if height is None:
        return image
    return Resizing(height, width, resize).view(image)


def decode_views(image_bytes, image_shape, resizing, max_pixels=MAX_PIXELS):
    """Decodes one picture to what a detector sees of it.

    Args:
        image_bytes: string tensor of shape [], a whole picture file.
        image_shape: `(height, width, channels)`, channels 1 or 3.
        resizing: `Resizing` of that height and width.
        max_pixels: int, the largest `height * width` that is decoded.

    Returns:
        float32 tensor [V, height, width, channels]: one view, or the tiles.

    Raises:
        tf.errors.InvalidArgumentError: the picture cannot be decoded.
    """
    own_size = (None, None, image_shape[2])
    return resizing.views(decode_image(image_bytes, own_size, max_pixels))


def decode_images(image_bytes, image_shape, max_pixels=MAX_PIXELS, resize="stretch"):
    """Decodes a batch of pictures, each as `decode_image` decodes it.

    Args:
        image_bytes: string tensor of shape [B], whole picture files; B may be 0.
        image_shape: `(height, width, channels)`, channels 1 or 3.
        max_pixels: int, the largest `height * width` that is decoded.
        resize: "stretch" or "pad" (see `Resizing`).

    Returns:
        float32 tensor [B, height, width, channels] in [0, 1].

    Raises:
        ValueError: `image_shape` is not of that form.
        tf.errors.InvalidArgumentError: one of the pictures cannot be decoded.
    """
    height, width, channels = _check_image_shape(image_shape)
    if height is None:
        raise ValueError(
            "`decode_images` needs a fixed height and width, for pictures of "
            f"different sizes form no batch; received image_shape={image_shape}."
        )
    image_bytes = tf.ensure_shape(tf.convert_to_tensor(image_bytes, tf.string), [None])
    images = tf.map_fn(
        lambda one: decode_image(one, image_shape, max_pixels, resize),
        image_bytes,
        fn_output_signature=tf.TensorSpec([height, width, channels], tf.float32),
    )
    return tf.ensure_shape(images, [None, height, width, channels])


def _check_image_shape(image_shape):
    shape = tuple(image_shape)
    fixed = len(shape) == 3 and all(isinstance(n, int) and n > 0 for n in shape[:2])
    free = len(shape) == 3 and shape[0] is None and shape[1] is None
    if not (fixed or free) or shape[2] not in (1, 3):
        raise ValueError(
            "`image_shape` must be (height, width, channels) with positive whole "
            "numbers (or None for both height and width) and 1 or 3 channels; "
            f"received {image_shape!r}."
        )
    return shape


def _to_grey(image):
    red, green, blue = tf.split(image, 3, axis=2)
    # Written as differences, so that a grey picture stays equal to the last bit.
    return red + 0.587 * (green - red) + 0.114 * (blue - red)
