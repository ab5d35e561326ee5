"""A name for what a picture shows, whatever file it comes in."""

import hashlib

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.transcode import RejectedPictureError

_TOGETHER = 64
_TOP = 65535


def picture_digest(image_bytes):
    """Decodes a picture as the detector does and hashes its pixels.

    Hashed are height, width and the colours at 16 bit, what is transparent laid on
    black: what the detector sees before it resizes. So the same pixels as PNG and BMP,
    8 bit and 16 bit, grey and grey-in-RGB, have one digest. Decoding is also the
    proof that a picture can be trained on.

    Args:
        image_bytes: bytes, a PNG or JPEG file (see `transcode`).

    Returns:
        str, 64 hexadecimal digits.

    Raises:
        RejectedPictureError: the picture cannot be decoded.
    """
    return _hash(decode_pixels(image_bytes))


def picture_digests(pictures):
    """Hashes the pixels of several pictures: the same, in a fraction of the time.

    Args:
        pictures: list of bytes, each as for `picture_digest`; small ones, see
            `decode_many`.

    Returns:
        List in the same order of str, or of the `RejectedPictureError` of a picture
        that cannot be decoded.
    """
    return [
        found if isinstance(found, RejectedPictureError) else _hash(found)
        for found in decode_many(pictures)
    ]


def decode_many(pictures):
    """Decodes several pictures to whole numbers, each at its own size.

    All of them are in memory at once, decoded: give it small ones.

    Args:
        pictures: list of bytes, each as for `decode_pixels`.

    Returns:
        List in the same order of arrays, as `decode_pixels` gives them, or of the
        `RejectedPictureError` of a picture that cannot be decoded.
    """
    found = [None] * len(pictures)
    for decode, positions in _by_kind(pictures):
        whole = len(positions) // _TOGETHER * _TOGETHER
        for start in range(0, whole, _TOGETHER):
            chosen = positions[start : start + _TOGETHER]
            try:
                decoded = decode(tf.constant([pictures[n] for n in chosen]))
            except tf.errors.InvalidArgumentError:  # Which, is found out below.
                continue
            for position, colours in zip(chosen, decoded, strict=True):
                found[position] = _to_uint16(colours.numpy())
    for position, image_bytes in enumerate(pictures):
        if found[position] is None:
            try:
                found[position] = decode_pixels(image_bytes)
            except RejectedPictureError as error:
                found[position] = error
    return found


def decode_pixels(image_bytes):
    """Decodes a picture to whole numbers, at its own size.

    Args:
        image_bytes: bytes, a PNG or JPEG file (see `transcode`).

    Returns:
        uint16 array [H, W, 3], 65535 the brightest; grey repeated, what
        is transparent laid on black.

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
    decode = _decode_jpeg if _is_jpeg(image_bytes) else _decode_png
    return _to_uint16(decode(image_bytes).numpy())


def _is_jpeg(image_bytes):
    return image_bytes.startswith(b"\xff\xd8\xff")


def _decode_jpeg(image_bytes):
    return tf.io.decode_jpeg(image_bytes, channels=3, dct_method="INTEGER_ACCURATE")


def _decode_png(image_bytes):
    return tf.io.decode_png(image_bytes, channels=4, dtype=tf.uint16)


def _to_uint16(colours):
    if colours.dtype == np.uint8:
        return colours.astype(np.uint16) * np.uint16(257)
    alpha = colours[:, :, 3:]
    if alpha.min(initial=_TOP) == _TOP:
        return colours[:, :, :3]
    on_black = colours[:, :, :3].astype(np.uint64) * alpha
    return ((on_black + _TOP // 2) // _TOP).astype(np.uint16)


def _hash(colours):
    digest = hashlib.sha256(repr(colours.shape).encode())
    digest.update(np.ascontiguousarray(colours, dtype="<u2").data)
    return digest.hexdigest()


def _by_kind(pictures):
    jpeg, png = [], []
    for position, image_bytes in enumerate(pictures):
        (jpeg if _is_jpeg(image_bytes) else png).append(position)
    return (_decode_jpegs, jpeg), (_decode_pngs, png)


# Calling TensorFlow takes longer than decoding a small picture: one call for many,
# each of which has its own size.
@tf.function(input_signature=[tf.TensorSpec([_TOGETHER], tf.string)], autograph=False)
def _decode_jpegs(pictures):
    return [_decode_jpeg(pictures[n]) for n in range(_TOGETHER)]


@tf.function(input_signature=[tf.TensorSpec([_TOGETHER], tf.string)], autograph=False)
def _decode_pngs(pictures):
    return [_decode_png(pictures[n]) for n in range(_TOGETHER)]


def _first_words(error):
    text = error.message.replace("\n", " ").split("}} ")[-1]
    return text.split(" [Op:")[0].strip()[:120]
