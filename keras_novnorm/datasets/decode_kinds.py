"""The kinds of picture files that a graph reads, each to colours in [0, 1]."""

import tensorflow as tf

ACCEPTED = "PNG, JPEG, BMP (24 or 32 bit, or 8 bit grey) and GIF"
"""The kinds that are read; `transcode` brings others to PNG."""

_PNG, _JPEG, _BMP, _GIF, _OTHER = range(5)
_GREY_PALETTE = b"".join(bytes((v, v, v, 0)) for v in range(256))


def decode_colours(image_bytes, max_pixels):
    """Decodes a picture at its own size; the kind is told from the content.

    Args:
        image_bytes: string tensor of shape [], a whole picture file.
        max_pixels: int, the largest `height * width` that is decoded.

    Returns:
        float32 tensor [height, width, 3] in [0, 1].

    Raises:
        tf.errors.InvalidArgumentError: the bytes are no picture of an accepted
            kind, are damaged or cut short, or have too many pixels.
    """
    branches = {
        _PNG: lambda: _decode_png(image_bytes, max_pixels),
        _JPEG: lambda: _decode_jpeg(image_bytes, max_pixels),
        _BMP: lambda: _decode_bmp(image_bytes, max_pixels),
        _GIF: lambda: _decode_gif(image_bytes, max_pixels),
        _OTHER: lambda: _refuse(image_bytes),
    }
    image = tf.switch_case(_kind_of(image_bytes), branches)
    return tf.ensure_shape(image, [None, None, 3])


def _kind_of(image_bytes):
    def starts(magic):
        return tf.equal(tf.strings.substr(image_bytes, 0, len(magic)), magic)

    kind = tf.constant(_OTHER)
    for number, magic in (
        (_PNG, b"\x89PNG\r\n\x1a\n"),
        (_JPEG, b"\xff\xd8\xff"),
        (_BMP, b"BM"),
        (_GIF, b"GIF87a"),
        (_GIF, b"GIF89a"),
    ):
        kind = tf.where(starts(magic), number, kind)
    return kind


def _refuse(image_bytes):
    size = tf.strings.length(image_bytes)
    check = tf.debugging.Assert(
        tf.constant(False),
        [
            f"Not a picture of an accepted kind ({ACCEPTED}). Bytes received:",
            size,
            "first of them:",
            tf.strings.substr(image_bytes, 0, 16),
        ],
    )
    return _after(check, tf.zeros([1, 1, 3]))


def _decode_png(image_bytes, max_pixels):
    ready = _check_length(image_bytes, 33, "PNG")
    with tf.control_dependencies(ready):
        size = tf.io.decode_raw(
            tf.strings.substr(image_bytes, 16, 8), tf.int32, little_endian=False
        )
    ready = _check_pixels(size[1], size[0], max_pixels)
    with tf.control_dependencies(ready):
        # Four channels: libpng then neither mixes colours to grey by weights of
        # its own nor blends transparency. 8 bit becomes v * 257: v / 255 exactly.
        image = tf.io.decode_png(image_bytes, channels=4, dtype=tf.uint16)
        depth = tf.io.decode_raw(tf.strings.substr(image_bytes, 24, 1), tf.uint8)[0]
    # Of less than 8 bits without transparency TensorFlow fills alpha with the largest
    # number of so many bits, before it widens the colours alone.
    bits = tf.minimum(tf.cast(depth, tf.int32), 8)
    filled = tf.gather([0, 1, 3, 0, 15, 0, 0, 0, 255], bits) * 257
    opaque = tf.reduce_all(tf.cast(image[:, :, 3:], tf.int32) == filled)
    image = _to_unit(image, 65535.0, image_bytes)
    # On black. Without transparency alpha is 1, and the colours stay to the last bit.
    return image[:, :, :3] * tf.where(opaque, 1.0, image[:, :, 3:])


def _decode_jpeg(image_bytes, max_pixels):
    shape = tf.io.extract_jpeg_shape(image_bytes)
    ready = _check_pixels(shape[0], shape[1], max_pixels)
    with tf.control_dependencies(ready):
        image = tf.io.decode_jpeg(
            image_bytes, channels=3, dct_method="INTEGER_ACCURATE"
        )
    return _to_unit(image, 255.0, image_bytes)


def _decode_bmp(image_bytes, max_pixels):
    def number(at, dtype):
        raw = tf.strings.substr(image_bytes, at, dtype.size)
        return tf.io.decode_raw(raw, dtype, little_endian=True)[0]

    ready = _check_length(image_bytes, 54, "BMP")
    with tf.control_dependencies(ready):
        width, height = number(18, tf.int32), number(22, tf.int32)
        bits = tf.cast(number(28, tf.uint16), tf.int32)
        compression = number(30, tf.int32)
        palette_at = 14 + number(14, tf.int32)
        long_enough = tf.strings.length(image_bytes) >= palette_at + 1024
        palette = tf.strings.substr(
            image_bytes, tf.where(long_enough & (palette_at > 0), palette_at, 0), 1024
        )
    # TensorFlow takes the 8 bit indices of a palette for grey levels.
    plain = (bits == 24) | (bits == 32)
    grey = (bits == 8) & tf.equal(palette, _GREY_PALETTE)
    check = tf.debugging.Assert(
        (plain | grey) & (compression == 0),
        [
            "Of BMP, 24 or 32 bit and 8 bit grey are read, uncompressed. "
            "Bits and compression received:",
            bits,
            compression,
        ],
    )
    ready = [*_check_pixels(tf.abs(height), width, max_pixels), *_listed(check)]
    with tf.control_dependencies(ready):
        image = tf.io.decode_bmp(image_bytes, channels=0)
    image = tf.cond(
        tf.shape(image)[2] == 1,
        lambda: tf.repeat(image[:, :, :1], 3, axis=2),
        lambda: image[:, :, :3],
    )
    return _to_unit(image, 255.0, image_bytes)


def _decode_gif(image_bytes, max_pixels):
    ready = _check_length(image_bytes, 13, "GIF")
    with tf.control_dependencies(ready):
        size = tf.io.decode_raw(tf.strings.substr(image_bytes, 6, 4), tf.uint16)
        size = tf.cast(size, tf.int32)
    ready = _check_pixels(size[1], size[0], max_pixels)
    with tf.control_dependencies(ready):
        image = tf.io.decode_image(image_bytes, channels=3, expand_animations=False)
    image = tf.ensure_shape(image, [None, None, 3])
    return _to_unit(image, 255.0, image_bytes)


def _to_unit(image, top, image_bytes):
    # A division by a constant is optimised to a product with its reciprocal, which
    # differs from `v / 255` in the last bit; so the graph must not know the divisor.
    top = tf.where(tf.strings.length(image_bytes) > 0, top, 1.0)
    return tf.cast(image, tf.float32) / top


def _check_length(image_bytes, least, kind):
    size = tf.strings.length(image_bytes)
    return _listed(
        tf.debugging.Assert(
            size >= least, [f"{kind} picture cut short. Bytes received:", size]
        )
    )


def _check_pixels(height, width, max_pixels):
    pixels = tf.cast(height, tf.int64) * tf.cast(width, tf.int64)
    fits = (pixels > 0) & (pixels <= max_pixels)
    return _listed(
        tf.debugging.Assert(
            fits,
            [f"A picture may have 1 to {max_pixels} pixels. Received:", height, width],
        )
    )


def _listed(check):
    # An assertion that holds is None when executed eagerly.
    return [] if check is None else [check]


def _after(check, value):
    with tf.control_dependencies(_listed(check)):
        return tf.identity(value)
