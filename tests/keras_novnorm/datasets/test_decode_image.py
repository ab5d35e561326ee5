"""The one decoding path: exact where nothing need change, and clear when it fails."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_novnorm.datasets.decode_image import decode_image, decode_images
from keras_novnorm.datasets.picture_digest import decode_pixels, picture_digest
from keras_novnorm.datasets.transcode import transcode


def in_graph(image_shape):
    return tf.function(
        lambda image_bytes: decode_image(image_bytes, image_shape),
        input_signature=[tf.TensorSpec([], tf.string)],
    )


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF"])
def test_eight_bit_grey_equals_v_over_255_to_the_last_bit(encode, grey, kind):
    expected = grey.astype(np.float32) / np.float32(255)
    image_bytes = encode(grey, kind)
    eager = decode_image(image_bytes, (20, 30, 1)).numpy()
    graph = in_graph((20, 30, 1))(image_bytes).numpy()
    np.testing.assert_array_equal(eager[..., 0], expected)
    np.testing.assert_array_equal(graph[..., 0], expected)


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_colour_is_exact_and_in_order(encode, colour, kind):
    decoded = in_graph((20, 30, 3))(encode(colour, kind)).numpy()
    np.testing.assert_array_equal(decoded, colour.astype(np.float32) / np.float32(255))


def test_sixteen_bit_keeps_its_levels(encode):
    row = np.array([[0, 4096, 15000, 65535]], np.uint16)
    decoded = decode_image(encode(row, "PNG"), (1, 4, 1)).numpy()[0, :, 0]
    np.testing.assert_array_equal(decoded, row[0] / np.float32(65535))
    np.testing.assert_allclose(decoded, [0, 0.0625, 0.2289, 1], atol=1 / 255)
    ramp = np.arange(256, dtype=np.uint16)[None]
    levels = decode_image(encode(ramp, "PNG"), (1, 256, 1)).numpy()
    assert len(np.unique(levels)) == 256


def test_jpeg_equals_pillow(encode, colour):
    image_bytes = encode(colour, "JPEG")
    decoded = decode_image(image_bytes, (20, 30, 3)).numpy()
    pillow = np.asarray(Image.open(io.BytesIO(image_bytes)))
    np.testing.assert_array_equal(decoded, pillow.astype(np.float32) / np.float32(255))


def test_grey_stays_equal_through_colour(encode, grey):
    alone = encode(grey, "PNG")
    threefold = np.repeat(grey[..., None], 3, axis=2)
    opaque = np.full((*grey.shape, 1), 255, np.uint8)
    rgba = encode(np.concatenate([threefold, opaque], axis=2), "PNG")
    expected = decode_image(alone, (20, 30, 1)).numpy()
    np.testing.assert_array_equal(decode_image(rgba, (20, 30, 1)).numpy(), expected)
    colours = decode_image(alone, (20, 30, 3)).numpy()
    np.testing.assert_array_equal(colours, np.repeat(expected, 3, axis=2))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_lies_on_black(encode, colour, kind):
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    alpha = np.random.default_rng(3).integers(0, 256, (20, 30, 1), np.uint8)
    alpha[:4] = 0
    content = transcode(encode(np.dstack([colour, alpha]), kind, **options))
    expected = colour / np.float32(255) * (alpha / np.float32(255))
    decoded = decode_image(content, (20, 30, 3)).numpy()
    np.testing.assert_allclose(decoded, expected, atol=1e-6)
    # What the digest, the command line and the heat maps see is the same.
    np.testing.assert_allclose(decode_pixels(content) / 65535, expected, atol=1e-5)


def test_colours_hidden_beneath_nothing_are_not_seen(encode, colour):
    nothing = np.zeros((20, 30, 1), np.uint8)
    twins = [np.dstack([beneath, nothing]) for beneath in (colour, 0 * colour)]
    contents = [encode(twin, "PNG") for twin in twins]
    first, second = (decode_image(c, (8, 8, 1)).numpy() for c in contents)
    assert not first.any() and not second.any()
    assert picture_digest(contents[0]) == picture_digest(contents[1])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_pictures_of_few_bits_keep_their_levels(bits):
    levels = np.arange(2**bits, dtype=np.uint8)
    wide = np.repeat(levels[None], 8, axis=0)
    grey = np.rint(wide * (255 / (2**bits - 1))).astype(np.uint8)
    palette = Image.fromarray(wide, "P")
    palette.putpalette([value for one in np.unique(grey) for value in (one, one, one)])
    plain = io.BytesIO()
    palette.save(plain, "PNG", bits=bits)
    clear = io.BytesIO()
    palette.save(clear, "PNG", bits=bits, transparency=2**bits - 1)
    shape = (8, 2**bits, 1)
    expected = grey.astype(np.float32) / np.float32(255)
    found = in_graph(shape)(plain.getvalue()).numpy()
    np.testing.assert_array_equal(found[..., 0], expected)
    expected[:, -1] = 0.0  # the white one lies, transparent, on black
    found = in_graph(shape)(clear.getvalue()).numpy()
    np.testing.assert_array_equal(found[..., 0], expected)


def test_a_picture_of_one_bit_is_black_and_white():
    image = Image.fromarray(np.eye(8, dtype=bool))
    assert image.mode == "1"
    content = io.BytesIO()
    image.save(content, "PNG")
    found = decode_image(content.getvalue(), (8, 8, 1)).numpy()
    np.testing.assert_array_equal(found[..., 0], np.eye(8))


def test_a_colour_of_a_palette_may_be_transparent(encode):
    levels = np.repeat(np.arange(4, dtype=np.uint8) * 80, 8).reshape(4, 8)
    palette = Image.fromarray(levels).convert("P")
    for kind in ("PNG", "GIF"):
        content = transcode(encode(palette, kind, transparency=int(levels[3, 0])))
        decoded = decode_image(content, (4, 8, 1)).numpy()[:, 0, 0]
        np.testing.assert_allclose(decoded * 255, [0, 80, 160, 0], atol=1e-3)


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "GIF", "WEBP"])
def test_red_is_read_as_grey_76(encode, kind):
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    if kind == "JPEG":
        red = red.convert("CMYK")
    decoded = decode_image(transcode(encode(red, kind)), (8, 8, 1)).numpy()
    np.testing.assert_allclose(decoded * 255, 76, atol=3)


def test_resize_agrees_with_pillow_on_a_fine_texture(encode):
    texture = np.indices((361, 494)).sum(axis=0) % 2 * np.uint8(255)
    texture = texture.astype(np.uint8)
    decoded = decode_image(encode(texture, "PNG"), (64, 64, 1)).numpy()[..., 0]
    pillow = Image.fromarray(texture.astype(np.float32) / 255)
    pillow = np.asarray(pillow.resize((64, 64), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(decoded, pillow, atol=0.01)
    assert decoded.min() >= 0 and decoded.max() <= 1


def test_batch_equals_single_pictures_and_may_be_empty(encode, grey, colour):
    files = [encode(grey, "PNG"), encode(colour, "JPEG"), encode(grey[:9], "BMP")]
    graph = tf.function(
        lambda image_bytes: decode_images(image_bytes, (16, 16, 3)),
        input_signature=[tf.TensorSpec([None], tf.string)],
    )
    singles = np.stack([decode_image(file, (16, 16, 3)).numpy() for file in files])
    np.testing.assert_allclose(graph(files).numpy(), singles, atol=1e-6)
    assert graph(tf.constant([], tf.string)).shape == (0, 16, 16, 3)
    assert decode_images(tf.constant([], tf.string), (16, 16, 3)).shape == (
        0,
        16,
        16,
        3,
    )


def test_what_is_no_picture_is_refused_with_what_came():
    with pytest.raises(tf.errors.InvalidArgumentError, match="hello") as caught:
        in_graph((8, 8, 1))(b"hello")
    assert "[5]" in str(caught.value) and "PNG, JPEG, BMP" in str(caught.value)
    with pytest.raises(tf.errors.InvalidArgumentError, match="accepted kind"):
        decode_image(b"", (8, 8, 1))


@pytest.mark.parametrize(
    ("kind", "cut"),
    [("JPEG", 2), ("JPEG", 500), ("PNG", 30), ("BMP", 10), ("GIF", 300)],
)
def test_what_is_cut_short_fails(encode, colour, kind, cut):
    with pytest.raises(tf.errors.InvalidArgumentError):
        in_graph((20, 30, 3))(encode(colour, kind)[:-cut])


def test_a_palette_bmp_is_refused_rather_than_read_as_grey(encode):
    picture = Image.new("RGB", (8, 8), (250, 10, 10)).convert("P")
    with pytest.raises(tf.errors.InvalidArgumentError, match="24 or 32 bit"):
        decode_image(encode(picture, "BMP"), (8, 8, 3))


def test_too_many_pixels_are_refused_before_decoding(encode):
    with pytest.raises(tf.errors.InvalidArgumentError, match="1 to 599 pixels"):
        picture = encode(Image.new("L", (30, 20)), "PNG")
        decode_image(picture, (8, 8, 1), max_pixels=599)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 2), (0, 28, 1), (None, 28, 1)])
def test_a_wrong_shape_is_named(shape):
    with pytest.raises(ValueError, match="received"):
        decode_image(b"", shape)
