"""The rotation that a camera notes in a picture file, read and undone in a graph.

TensorFlow's decoders leave it alone. Files that pass through Pillow are turned before
they are decoded, so a graph that takes files as they are has to turn them as well, or
the same picture would have two scores.
"""

import functools

import tensorflow as tf

# The note stands before the pixels; of larger files the rest is not searched.
_SEARCHED = 1 << 20
_SPARE = 16  # zeros behind, so that reading a number never leads out
_TAG = 0x0112
_MOST_ENTRIES = 512
_MOST_PARTS = 256  # of a file that are passed over
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_START_OF_SCAN, _APP1 = 0xDA, 0xE1


def upright(image, image_bytes):
    """Turns a decoded picture as its file says.

    Args:
        image: tensor [H, W, C], as decoded.
        image_bytes: string tensor of shape [], the whole file.

    Returns:
        tensor [H, W, C], or [W, H, C] where the camera lay on its side.
    """
    orientation = exif_orientation(image_bytes)
    turned = tf.cond(orientation > 1, lambda: _turn(image, orientation), lambda: image)
    return tf.ensure_shape(turned, [None, None, image.shape[2]])


def exif_orientation(image_bytes):
    """Reads the EXIF orientation of a JPEG or PNG file.

    Args:
        image_bytes: string tensor of shape [], a whole picture file.

    Returns:
        int32 tensor of shape [], 1 to 8; 1, upright, where nothing is noted, or
        nothing that could be read.
    """

    def starts(magic):
        return tf.equal(tf.strings.substr(image_bytes, 0, len(magic)), magic)

    def searched(find):
        head = tf.strings.substr(image_bytes, 0, _SEARCHED)
        data = tf.io.decode_raw(tf.strings.join([head, b"\0" * _SPARE]), tf.uint8)
        return _orientation(data, find(data))

    def nothing():
        return tf.constant(1)

    return tf.cond(
        starts(_JPEG),
        lambda: searched(_find_in_jpeg),
        lambda: tf.cond(starts(_PNG), lambda: searched(_find_in_png), nothing),
    )


def _turn(image, orientation):
    image = tf.cond(
        orientation > 4, lambda: tf.transpose(image, (1, 0, 2)), lambda: image
    )
    # Of 1 to 8 as they are numbered: what lies upside down, and what is mirrored.
    for axis, numbers in ((0, (3, 4, 7, 8)), (1, (2, 3, 6, 7))):
        is_turned = functools.reduce(
            tf.logical_or, [tf.equal(orientation, number) for number in numbers]
        )
        image = tf.cond(
            is_turned,
            lambda image=image, axis=axis: tf.reverse(image, [axis]),
            lambda image=image: image,
        )
    return image


def _find_in_jpeg(data):
    """Where the TIFF structure begins, or 0."""

    def marker(at):
        return _number(data, at + 1, 1)

    def goes_on(at, found):
        inside = (at < _end(data)) & tf.equal(_number(data, at, 1), 0xFF)
        return inside & tf.not_equal(marker(at), _START_OF_SCAN) & (found == 0)

    def step(at, found):
        is_exif = tf.equal(marker(at), _APP1) & tf.equal(
            _number(data, at + 4, 6), int.from_bytes(b"Exif\0\0", "big")
        )
        size = _number(data, at + 2, 2)
        # A marker may be filled up with bytes 0xFF before it.
        following = tf.where(tf.equal(marker(at), 0xFF), at + 1, at + 2 + size)
        return following, tf.where(is_exif, at + 10, found)

    return _search(goes_on, step, 2)


def _find_in_png(data):
    """Where the TIFF structure begins, or 0."""

    def goes_on(at, found):
        return (at < _end(data)) & (found == 0)

    def step(at, found):
        is_exif = tf.equal(_number(data, at + 4, 4), int.from_bytes(b"eXIf", "big"))
        following = at + 12 + _number(data, at, 4)
        return following, tf.where(is_exif, at + 8, found)

    return _search(goes_on, step, 8)


def _search(goes_on, step, begin):
    start = tf.constant(begin, tf.int64), tf.constant(0, tf.int64)
    return tf.while_loop(goes_on, step, start, maximum_iterations=_MOST_PARTS)[1]


def _orientation(data, tiff):
    little = tf.equal(_number(data, tiff, 2), int.from_bytes(b"II", "big"))

    def number(at, size):
        return tf.where(
            little, _number(data, at, size, little=True), _number(data, at, size)
        )

    directory = tiff + number(tiff + 4, 4)
    count = tf.minimum(number(directory, 2), _MOST_ENTRIES)
    entries = directory + 2 + 12 * tf.range(count)
    is_tag = tf.equal(number(entries, 2), _TAG)
    values = tf.where(is_tag, number(entries + 8, 2), 0)
    value = tf.cast(tf.reduce_max(tf.concat([values, [0]], 0)), tf.int32)
    is_noted = (tiff > 0) & (value >= 1) & (value <= 8)
    return tf.where(is_noted, value, 1)


def _end(data):
    return tf.size(data, tf.int64) - _SPARE


def _number(data, at, size, little=False):
    """int64, an unsigned number of so many bytes; places beyond the end are zeros."""
    places = at[..., None] + tf.range(size, dtype=tf.int64)
    places = tf.minimum(places, tf.size(data, tf.int64) - 1)
    found = tf.cast(tf.gather(data, places), tf.int64)
    powers = [256**n for n in range(size)]
    weights = tf.constant(powers if little else powers[::-1], tf.int64)
    return tf.reduce_sum(found * weights, axis=-1)
