import io

import pytest
from PIL import Image

from serving.inference import picture_size


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_the_size_is_read_from_the_header(kind):
    file = io.BytesIO()
    Image.new("RGB", (300, 20)).save(file, kind)
    content = file.getvalue()
    assert picture_size.pixels(content) == 6000
    for end in (0, 3, 7, 9):
        assert picture_size.pixels(content[:end]) == 0


def test_jpeg_with_a_thumbnail_and_progressive():
    exif = Image.Exif()
    exif[0x010E] = "text " * 5000
    file = io.BytesIO()
    Image.new("L", (70, 11)).save(file, "JPEG", exif=exif, progressive=True)
    assert picture_size.pixels(file.getvalue()) == 770


def test_a_size_that_hides_behind_very_many_segments():
    hidden = b"\xff\xfe\0\2" * 200_000 + b"\xff\xc0\0\x11\x08\0\7\0\5"
    assert picture_size.pixels(b"\xff\xd8" + b"\xff" * 5000 + hidden[-9:]) == 35
    assert picture_size.pixels(b"\xff\xd8" + hidden) > 10**9


@pytest.mark.parametrize("content", [b"", b"text", b"\xff\xd8" + b"\xff" * 5000])
def test_what_has_no_size(content):
    assert picture_size.pixels(content) == 0
