"""What TensorFlow cannot read, or reads wrongly, comes out as it was meant."""

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.picture_digest import picture_digest
from keras_novnorm.datasets.transcode import (
    RejectedPictureError,
    inspect_picture,
    transcode,
)


def pixels(image_bytes):
    return decode_image(transcode(image_bytes), (None, None, 3)).numpy()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("PPM", {}),
    ],
)
def test_lossless_kinds_keep_their_pixels(encode, colour, kind, options):
    image_bytes = encode(colour, kind, **options)
    np.testing.assert_array_equal(pixels(image_bytes), pixels(encode(colour, "PNG")))


def test_plain_png_and_jpeg_pass_unchanged(encode, colour):
    for kind in ("PNG", "JPEG"):
        image_bytes = encode(colour, kind)
        assert transcode(image_bytes) is image_bytes


def test_sixteen_bit_tiff_keeps_its_levels(encode):
    ramp = np.linspace(0, 65535, 300).astype(np.uint16)[None]
    decoded = pixels(encode(ramp, "TIFF"))[0, :, 0]
    np.testing.assert_array_equal(decoded, ramp[0] / np.float32(65535))


def test_float_tiff_outside_the_unit_range_is_refused_with_its_range(encode):
    inside = np.array([[0.0, 0.25, 1.0]], np.float32)
    np.testing.assert_allclose(
        pixels(encode(inside, "TIFF"))[0, :, 0], inside[0], atol=1e-5
    )
    with pytest.raises(RejectedPictureError, match=r"\[0, 300\]"):
        transcode(encode(inside * 300, "TIFF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_exif_rotation_is_applied(encode, kind):
    lying = np.zeros((20, 40, 3), np.uint8)
    lying[:, :20, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = pixels(encode(lying, kind, exif=exif))
    assert upright.shape == (40, 20, 3)
    assert upright[:18, :, 0].mean() > 0.95 and upright[22:, :, 0].mean() < 0.05


def test_cmyk_comes_back_not_inverted(encode):
    picture = Image.new("RGB", (16, 16), (250, 10, 10)).convert("CMYK")
    decoded = pixels(encode(picture, "JPEG")) * 255
    np.testing.assert_allclose(
        decoded, np.broadcast_to([250, 10, 10], (16, 16, 3)), atol=5
    )


def test_of_an_animation_the_first_frame_is_taken(encode):
    frames = [Image.new("L", (8, 8), level) for level in (50, 200)]
    animated = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(pixels(animated), 50 / 255, atol=1e-6)


def test_same_pixels_have_one_digest_whatever_the_file(encode, grey):
    files = [encode(grey, kind) for kind in ("PNG", "BMP", "GIF", "TIFF")]
    files.append(encode(np.repeat(grey[..., None], 3, axis=2), "PNG"))
    files.append(encode(grey.astype(np.uint16) * 257, "PNG"))
    digests = {picture_digest(transcode(file)) for file in files}
    assert len(digests) == 1
    other = grey.copy()
    other[3, 3] ^= 1
    assert picture_digest(encode(other, "PNG")) not in digests
    assert picture_digest(encode(grey.reshape(30, 20), "PNG")) not in digests


def test_each_refusal_says_what_it_got(encode, colour):
    jpeg = encode(colour, "JPEG")
    for image_bytes, reason in [
        (b"", "empty: the file has 0 bytes"),
        (b"some text in a file", "not a picture: 19 bytes starting with b'some text"),
        (jpeg[:-2], "damaged or cut short"),
        (jpeg[: len(jpeg) // 2], "damaged or cut short"),
        (jpeg[:10], "damaged or cut short"),
        (encode(colour, "PNG")[:-40], "damaged or cut short"),
        (encode(colour, "TIFF")[:900], "damaged or cut short"),
        (encode(colour, "WEBP")[:90], "damaged or cut short"),
    ]:
        with pytest.raises(RejectedPictureError) as caught:
            picture_digest(transcode(image_bytes))
        assert reason in str(caught.value)


def test_an_enormous_picture_is_refused_by_its_header(encode):
    enormous = encode(Image.new("1", (20_000, 20_000)), "PNG")
    with pytest.raises(RejectedPictureError, match="400 megapixels.*--max-megapixels"):
        transcode(enormous)
    # With the limit raised, no warning of Pillow's own comes in between.
    assert inspect_picture(enormous, max_pixels=500_000_000).width == 20_000
