"""Files of every kind: read whole, or called what they are."""

import io
import subprocess
import sys

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from novnorm_pictures import PictureError, open_picture, readable_bytes
from novnorm_pictures.png_file import encode_png
from novnorm_pictures.turned import upright

RAMP = (np.arange(1024, dtype=np.uint16) * 64).reshape(32, 32)
RGB = np.stack([RAMP, RAMP[::-1], RAMP.T], axis=-1)
SMALL = (RGB // 256).astype(np.uint8)


def tiff(values, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def encoded(picture, kind, **options):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def ppm(values, top):
    height, width = values.shape[:2]
    head = f"P{6 if values.ndim == 3 else 5}\n# by hand\n{width} {height}\n{top}\n"
    return head.encode() + values.astype(">u2").tobytes()


def opened(content):
    return open_picture(content, 10**8)


def pixels(content):
    """uint16 [H, W, C], as a decoder of PNG files reads what is sent."""
    return np.atleast_3d(imagecodecs.png_decode(readable_bytes(opened(content))))


@pytest.mark.parametrize(
    "content",
    [
        tiff(RGB, photometric="rgb"),
        tiff(RGB, photometric="rgb", compression="lzw", predictor=True),
        tiff(RGB, photometric="rgb", compression="zlib", bigtiff=True),
        tiff(np.moveaxis(RGB, -1, 0), photometric="rgb", planarconfig="separate"),
        ppm(RGB, 65535),
        imagecodecs.jpeg2k_encode(RGB, reversible=True),
    ],
    ids=["plain", "lzw", "BigTIFF", "planar", "PPM", "JPEG 2000"],
)
def test_sixteen_bit_colour_keeps_every_level(content):
    assert opened(content).mode == "RGB;16"
    np.testing.assert_array_equal(pixels(content), RGB)


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_big_tiff_is_a_tiff(byteorder):
    content = tiff(RAMP, bigtiff=True, byteorder=byteorder)
    np.testing.assert_array_equal(pixels(content)[:, :, 0], RAMP)


def test_twelve_bits_keep_their_levels():
    twelve = RGB // 16
    assert len(np.unique(pixels(tiff(twelve, photometric="rgb")))) == 1024
    assert len(np.unique(pixels(ppm(twelve, 4095)))) == 1024
    deep = imagecodecs.jpeg2k_encode(twelve, bitspersample=12, reversible=True)
    assert len(np.unique(pixels(deep))) == 1024


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_reals_in_colour_are_read_to_the_nearest_level(dtype):
    values = (RGB / 65535).astype(dtype)
    read = pixels(tiff(values, photometric="rgb"))
    assert np.abs(read - values.astype("float64") * 65535).max() <= 0.5


def test_whole_numbers_of_32_bits_are_read_where_they_fit():
    np.testing.assert_array_equal(pixels(tiff(RAMP.astype("uint32")))[:, :, 0], RAMP)
    with pytest.raises(PictureError, match=r"whole numbers .*received \[0, 4.29"):
        pixels(tiff(RAMP.astype("uint32") * 65600))


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (
            np.dstack([SMALL, SMALL[..., :1]]),
            {"photometric": "rgb"},
            "RGB and one more",
        ),
        (RGB[..., :2], {"photometric": "minisblack"}, "2 bands of uint16"),
        (np.dstack([RGB, RGB])[..., :5], {"photometric": "minisblack"}, "5 bands"),
        (np.dstack([RGB] * 2)[..., :4], {"photometric": "separated"}, "4 bands"),
        (RAMP.astype("complex64"), {}, "complex64"),
    ],
    ids=["infrared", "2 bands", "5 bands", "deep CMYK", "complex"],
)
def test_sound_tiffs_of_other_kinds_are_called_that(values, options, words):
    if values.ndim == 3:
        options = {**options, "planarconfig": "contig"}
    if options.get("photometric") == "rgb":
        options["extrasamples"] = ["unspecified"]
    with pytest.raises(
        PictureError, match="a sound file of a kind that is not read"
    ) as e:
        pixels(tiff(np.ascontiguousarray(values), **options))
    assert words in str(e.value) and "damaged" not in str(e.value)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"8BPS\0\1" + bytes(30), "a Photoshop document"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\0\0\0\x18ftypisom" + bytes(20), "a film"),
        (bytes(128) + b"DICM" + bytes(9), "a DICOM picture"),
        (b"P2\n2 2\n255\n1 2 3 4", "in text"),
        (imagecodecs.avif_encode(RGB // 16, bitspersample=12), "AVIF of 12 bits"),
    ],
)
def test_other_files_are_called_what_they_are(content, name):
    with pytest.raises(PictureError, match="of a kind that is not read") as caught:
        pixels(content)
    assert name in str(caught.value)


def test_phones_pictures_are_read():
    heic = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(SMALL)).save(heic, quality=-1)
    files = [heic.getvalue(), encoded(SMALL, "AVIF"), encoded(SMALL, "JPEG2000")]
    assert [opened(file).kind for file in files] == ["HEIC", "AVIF", "JPEG2000"]
    for file in files:
        difference = pixels(file).astype(int) - SMALL
        assert np.abs(difference).mean() < 8


def test_a_cut_file_is_damaged_whatever_its_kind():
    for content in (
        tiff(RGB, photometric="rgb")[:-100],
        tiff(RGB, photometric="rgb")[:100],
        ppm(RGB, 65535)[:-7],
        imagecodecs.jpeg2k_encode(RGB)[:300],
        encoded(SMALL, "AVIF")[:200],
    ):
        with pytest.raises(PictureError, match="damaged or cut short"):
            pixels(content)


def test_transparency_travels_where_there_is_some():
    clear = np.dstack([SMALL, np.full((32, 32), 7, np.uint8)])
    for kind, options in (("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        np.testing.assert_array_equal(pixels(encoded(clear, kind, **options)), clear)
    opaque = np.dstack([SMALL, np.full((32, 32), 255, np.uint8)])
    np.testing.assert_array_equal(pixels(encoded(opaque, "TIFF")), SMALL)


def test_what_was_multiplied_by_its_alpha_lies_on_black_already():
    values = np.dstack([RGB, RAMP])
    content = tiff(values, photometric="rgb", extrasamples=["assocalpha"])
    np.testing.assert_array_equal(pixels(content), RGB)


def test_white_may_be_zero():
    read = pixels(tiff(RAMP, photometric="miniswhite"))[:, :, 0]
    np.testing.assert_array_equal(read, 65535 - RAMP)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_files_are_turned_as_others_are(orientation):
    wide = RGB[:20]
    exif = Image.Exif()
    exif[0x0112] = orientation
    eight = pixels(encoded(SMALL[:20], "PNG", exif=exif))
    tagged = tiff(
        wide, photometric="rgb", extratags=[(0x0112, 3, 1, orientation, True)]
    )
    turned = pixels(tagged)
    np.testing.assert_array_equal(turned // 256, eight)
    np.testing.assert_array_equal(turned, upright(wide, orientation))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_deep_png_files_are_sound(channels):
    values = np.dstack([RGB, RAMP])[..., :channels]
    read = np.atleast_3d(imagecodecs.png_decode(encode_png(values)))
    np.testing.assert_array_equal(read, values)


def test_without_the_extra_the_file_is_named_with_the_remedy():
    code = """
import sys
sys.modules["imagecodecs"] = None
from novnorm_pictures import PictureError, open_picture, readable_bytes
try:
    readable_bytes(open_picture(sys.stdin.buffer.read(), 10**8))
except PictureError as error:
    print(error)
"""
    for content in (
        tiff(RGB, photometric="rgb", compression="lzw"),
        imagecodecs.jpeg2k_encode(RGB, reversible=True),
    ):
        run = subprocess.run([sys.executable, "-c", code], input=content, stdout=-1)
        said = run.stdout.decode()
        assert "a sound file" in said and "keras-novnorm[pictures]" in said
