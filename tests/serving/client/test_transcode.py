"""What is sent in the place of a picture that the graph would read wrongly."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.datasets import transcode as training
from serving.client.transcode import UnreadablePictureError, to_sendable

COLOURS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


def encoded(picture, form, **options):
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def turned(form):
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(Image.fromarray(COLOURS), form, exif=exif)


def files():
    rgb = Image.fromarray(COLOURS)
    grey = rgb.convert("L")
    deep = Image.fromarray(np.arange(54, dtype=np.uint16).reshape(6, 9) * 1000)
    real = Image.fromarray(np.linspace(0, 1, 54, dtype=np.float32).reshape(6, 9))
    frames = {"save_all": True, "append_images": [rgb.rotate(180)]}
    return {
        "png": encoded(rgb, "PNG"),
        "png of 16 bit": encoded(deep, "PNG"),
        "png with transparency": encoded(rgb.convert("RGBA"), "PNG"),
        "png turned": turned("PNG"),
        "jpeg": encoded(rgb, "JPEG"),
        "jpeg grey": encoded(grey, "JPEG"),
        "jpeg turned": turned("JPEG"),
        "jpeg cmyk": encoded(rgb.convert("CMYK"), "JPEG"),
        "bmp": encoded(rgb, "BMP"),
        "bmp of two colours": encoded(rgb.convert("1"), "BMP"),
        "gif": encoded(rgb, "GIF"),
        "gif animated": encoded(rgb, "GIF", **frames),
        "webp": encoded(rgb, "WEBP", lossless=True),
        "webp animated": encoded(rgb, "WEBP", lossless=True, **frames),
        "tiff": encoded(rgb, "TIFF"),
        "tiff of 16 bit": encoded(deep, "TIFF"),
        "tiff of reals": encoded(real, "TIFF"),
        "tiff, grey with transparency": encoded(rgb.convert("LA"), "TIFF"),
        "ppm": encoded(rgb, "PPM"),
        "pgm": encoded(grey, "PPM"),
    }


@pytest.mark.parametrize(("name", "content"), files().items(), ids=list(files()))
def test_sent_is_what_a_detector_was_trained_on(name, content):
    sent, note = to_sendable(content)
    assert sent == training.transcode(content)
    assert (note is None) == (sent == content)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("png of 16 bit", None),
        ("jpeg grey", None),
        ("jpeg turned", "sent as PNG: JPEG with a rotation"),
        ("png turned", "sent as PNG: PNG with a rotation"),
        ("jpeg cmyk", "sent as PNG: JPEG of CMYK colours"),
        ("gif animated", "sent as PNG: GIF, the first of 2 frames"),
        ("webp", "sent as PNG: WEBP"),
    ],
)
def test_the_change_is_named(name, note):
    assert to_sendable(files()[name])[1] == note


def test_a_turned_picture_is_sent_upright():
    sent, _ = to_sendable(turned("PNG"))
    expected = np.rot90(COLOURS, -1)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(sent))), expected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty: the file has 0 bytes"),
        (
            b"hello, this is text",
            "not a picture: 19 bytes starting with b'hello, this ",
        ),
        (files()["tiff"][:40], "damaged or cut short"),
        (files()["webp"][:60], "damaged or cut short"),
        (b"P6 20000 20000 255 ", "too large: 20000 x 20000 is 400 megapixels"),
    ],
    ids=["empty", "text", "cut tiff", "cut webp", "too large"],
)
def test_what_cannot_be_sent_says_why(content, reason):
    with pytest.raises(UnreadablePictureError, match=reason):
        to_sendable(content)
