"""Files as a camera writes them, turned in the graph as Pillow turns them."""

import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from keras_novnorm.export.exif_orientation import exif_orientation, upright

read = tf.function(exif_orientation, input_signature=[tf.TensorSpec([], tf.string)])


def picture():
    pixels = np.arange(24 * 40 * 3, dtype=np.uint8).reshape(24, 40, 3)
    return Image.fromarray(pixels)


def file_of(orientation, kind="PNG", **options):
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    if orientation:
        exif[0x0112] = orientation
    content = io.BytesIO()
    picture().save(content, kind, exif=exif, **options)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_pillow_turns_them(orientation, kind):
    content = file_of(orientation, kind)
    assert int(read(content)) == orientation
    stored = Image.open(io.BytesIO(content))
    expected = np.asarray(ImageOps.exif_transpose(stored))
    image = tf.constant(np.asarray(stored))
    assert np.array_equal(upright(image, content), expected)


def tiff(order, orientation):
    """bytes of a directory with two entries, in either order of bytes."""
    sign = "<" if order == b"II" else ">"
    entries = struct.pack(f"{sign}HHI4x", 0x0100, 3, 1)
    entries += struct.pack(f"{sign}HHIHH", 0x0112, 3, 1, orientation, 0)
    return order + struct.pack(f"{sign}HIH", 42, 8, 2) + entries + bytes(4)


def jpeg(*segments):
    parts = [
        b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content
        for marker, content in segments
    ]
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xda\0\2"


@pytest.mark.parametrize("order", [b"II", b"MM"])
def test_both_orders_of_bytes_behind_other_segments(order):
    exif = b"Exif\0\0" + tiff(order, 6)
    before = ((0xE0, b"JFIF\0" + bytes(9)), (0xE1, b"http://ns.adobe.com/"))
    assert int(read(jpeg(*before, (0xE1, exif)))) == 6
    assert int(read(jpeg((0xFE, b"x" * 60_000), (0xE1, exif)))) == 6


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff",
        b"GIF89a",
        file_of(None, "JPEG"),
        jpeg((0xE1, b"Exif\0\0")),
        jpeg((0xE1, b"Exif\0\0" + tiff(b"II", 9))),
        jpeg((0xE1, b"Exif\0\0" + tiff(b"II", 0))),
        jpeg((0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")),
        jpeg((0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff")),
        jpeg((0xE0, b"")) + jpeg((0xE1, b"Exif\0\0" + tiff(b"II", 6))),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
        b"\xff\xd8" + b"\xff\xe0\0\0" * 9,
    ],
)
def test_nothing_noted_or_nothing_to_be_read_is_upright(content):
    assert int(read(content)) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_files_cut_anywhere_are_no_error(kind):
    content = file_of(6, kind)
    for size in range(0, 160, 3):
        assert int(read(content[:size])) in (1, 6)
