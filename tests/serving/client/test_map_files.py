"""Names of map files, and the colours of an overlay."""

import numpy as np
import pytest
from PIL import Image

from serving.client.heat_map import overlay
from serving.client.map_files import names


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["d/a.png", "d/b.png"], ["a", "b"]),
        (["d/one/a.png", "d/two/a.png"], ["one/a", "two/a"]),
        (["d/a.png", "d/a.jpg"], ["a.png", "a.jpg"]),
        (["d/a.png", "d/A.png"], ["a.png", "A.png-2"]),
        (["d/a.png", "e/f/a.png"], ["d/a", "e/f/a"]),
        (["d/x", "d/x.png", "d/x.png.png"], ["x", "x.png", "x.png-2"]),
        (["a.png", "../a.png"], None),
    ],
)
def test_names_never_collide_and_stay_in_the_folder(files, expected):
    found = names(files)
    assert list(found) == files
    assert expected is None or list(found.values()) == expected
    assert len({name.casefold() for name in found.values()}) == len(files)
    assert not any(name.startswith(("..", "/")) for name in found.values())


def test_overlay_leaves_the_low_and_colours_the_high():
    picture = Image.new("RGB", (40, 20), (100, 100, 100))
    values = np.zeros((2, 4), np.float32)
    values[:, 3] = 5.0
    pixels = np.asarray(overlay(picture, values, 0.0, 5.0))
    assert pixels.shape == (20, 40, 3)
    assert (pixels[:, :15] == 100).all()
    assert (pixels[:, -3:, 0] > 200).all()


def test_overlay_keeps_16_bit_grey_visible():
    picture = Image.fromarray(np.full((6, 6), 32896, np.uint16))
    pixels = np.asarray(overlay(picture, np.zeros((3, 3)), 0.0, 1.0))
    assert (pixels == 128).all()


def test_a_map_of_one_value_does_not_divide_by_zero():
    picture = Image.new("L", (4, 4), 10)
    pixels = np.asarray(overlay(picture, np.zeros((2, 2)), 0.0, 0.0))
    assert (pixels == 10).all()
