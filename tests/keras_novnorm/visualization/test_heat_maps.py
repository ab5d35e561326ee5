"""Heat maps over pictures: colours, contour, regions, files."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.visualization import (
    colour_bar,
    find_regions,
    overlay,
    write_heat_map,
)
from keras_novnorm.visualization.heat_colours import heat_map

CYAN, BLACK = [64, 255, 255], [0, 0, 0]


@pytest.fixture
def spots():
    """A map with a round spot, one at the edge and one with a hole."""
    rows, columns = np.mgrid[:40, :60]
    values = np.exp(-((rows - 15) ** 2 + (columns - 20) ** 2) / 30)
    values += np.exp(-((rows - 25) ** 2 + (columns - 59) ** 2) / 20)
    ring = np.hypot(rows - 30, columns - 38)
    return (values + ((ring > 3) & (ring < 6))).astype("float32")


def outside(mask, row, column):
    """Whether a pixel is off the picture or not in the mask."""
    inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
    return not (inside and mask[row, column])


@pytest.mark.parametrize("level", [0, 128, 255])
def test_contour_is_exactly_the_border_of_what_is_above_the_threshold(spots, level):
    picture = np.full((*spots.shape, 3), level, "uint8")
    plain = overlay(picture, spots, scale=4.0)
    drawn = overlay(picture, spots, scale=4.0, threshold=0.4)
    mask = spots > 0.4
    steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            around = [outside(mask, row + i, column + j) for i, j in steps]
            pixel = drawn[row, column].tolist()
            if mask[row, column] and any(around):
                assert pixel == CYAN, (row, column)
            elif not mask[row, column] and not all(around):
                assert pixel == BLACK, (row, column)
            else:
                assert pixel == plain[row, column].tolist(), (row, column)


def test_a_pixel_at_the_threshold_is_not_novel():
    picture, values = np.zeros((4, 4, 3), "uint8"), np.ones((4, 4), "float32")
    without = overlay(picture, values, scale=2.0)
    for threshold in (1.0, None, float("nan")):
        same = overlay(picture, values, scale=2.0, threshold=threshold)
        np.testing.assert_array_equal(same, without)
    assert (overlay(picture, values, 2.0, 0.999)[0] == CYAN).all()


@pytest.mark.parametrize("shape", [(100, 300), (300, 100), (600, 7)])
def test_nothing_is_laid_over_zero_and_the_size_is_kept(shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), "uint8")
    drawn = overlay(picture, np.zeros(shape), scale=1.0, threshold=0.5)
    np.testing.assert_array_equal(drawn, picture)
    hot = overlay(picture, np.full(shape, 9.0), scale=1.0)
    assert hot.shape == picture.shape and hot.dtype == np.uint8
    # Rows are drawn in parts: the same colour law in all.
    share = (hot.astype(float) - 0.25 * picture) / 0.75
    np.testing.assert_allclose(share, heat_map(np.ones(shape), 1.0), atol=1)


def test_grey_pictures_are_drawn_on_in_colour():
    grey = np.arange(16, dtype="uint8").reshape(4, 4)
    values = np.linspace(0, 1, 16).reshape(4, 4)
    drawn = overlay(grey, values, scale=1.0)
    again = overlay(np.stack([grey] * 3, axis=-1), values, scale=1.0)
    np.testing.assert_array_equal(drawn, again)
    np.testing.assert_array_equal(overlay(grey[..., None], values, 1.0), again)


@pytest.mark.parametrize("value", [0.0, 0.5, 2.0])
def test_one_colour_scale_for_all_pictures(value):
    alone = heat_map(np.full((2, 2), value), scale=1.0)
    among = heat_map(np.array([[value, 0.0], [1.0, 9.0]]), scale=1.0)
    np.testing.assert_array_equal(alone[0, 0], among[0, 0])


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_none_is_refused(scale):
    with pytest.raises(ValueError, match=f"Received: {scale}.*map_scale"):
        overlay(np.zeros((2, 2, 3), "uint8"), np.zeros((2, 2)), scale)


def test_other_shapes_are_refused_with_what_was_received():
    with pytest.raises(ValueError, match=r"picture of \(4, 4\) and a map of \(2, 2\)"):
        overlay(np.zeros((4, 4, 3), "uint8"), np.zeros((2, 2)), 1.0)
    with pytest.raises(ValueError, match=r"shape \(4, 4, 4\)"):
        overlay(np.zeros((4, 4, 4), "uint8"), np.zeros((4, 4)), 1.0)
    with pytest.raises(ValueError, match=r"shape \(1, 4, 4\)"):
        find_regions(np.zeros((1, 4, 4)), 1.0)
    with pytest.raises(ValueError, match="Received: nan. Calibrate"):
        find_regions(np.zeros((4, 4)), float("nan"))


def test_box_of_a_bright_square_is_right_to_the_pixel():
    values = np.zeros((100, 300), "float32")
    values[40:50, 285:295] = 2.0
    values[44, 290] = 3.0
    (region,) = find_regions(values, threshold=1.0)
    assert region == {
        "box": [285, 40, 295, 50],
        "area": 100,
        "peak": 3.0,
        "mean": pytest.approx(2.01),
    }
    assert json.loads(json.dumps(region)) == region


def test_regions_come_strongest_first_and_specks_are_left_out():
    values = np.zeros((20, 20))
    values[0:2, 0:2] = 2.0
    values[2, 2] = 2.5  # touches at a corner: the same region
    values[10:14, 10:14] = 5.0
    values[18, 18] = 9.0
    found = find_regions(values, threshold=1.0)
    assert [r["box"] for r in found] == [[10, 10, 14, 14], [0, 0, 3, 3]]
    assert [r["area"] for r in found] == [16, 5]
    every = find_regions(values, threshold=1.0, min_pixels=1)
    assert [r["peak"] for r in every] == [9.0, 5.0, 2.5]
    assert find_regions(values, threshold=9.0, min_pixels=1) == []


def test_file_has_the_size_of_its_picture_and_an_unusual_name(spots, tmp_path):
    picture = np.full((*spots.shape, 3), 90, "uint8")
    path = write_heat_map(tmp_path / "größe" / "部品#2.png", picture, spots, 1.0, 0.4)
    with Image.open(path) as image:
        assert image.format == "PNG" and image.size == (60, 40)
        drawn = np.asarray(image)
    np.testing.assert_array_equal(drawn, overlay(picture, spots, 1.0, 0.4))


def test_bar_has_the_colours_from_dark_to_bright_and_marks_the_threshold():
    plain, marked = colour_bar(0.02), colour_bar(0.02, threshold=0.015)
    assert plain.dtype == np.uint8 and plain.shape[-1] == 3
    middle = plain[plain.shape[0] // 3].astype(int).sum(axis=-1)
    bar = middle[middle < 3 * 255 - 5]
    assert bar.size > 200 and bar[:20].mean() < 100 < 500 < bar[-20:].mean()

    def mark(picture):
        near = np.abs(picture.astype(int) - CYAN).max(axis=-1) < 70
        return np.flatnonzero(near.any(axis=0))

    assert mark(plain).size == 0
    place = mark(marked).mean() / marked.shape[1]
    assert 0.65 < place < 0.85
    # Above the scale it stands at its end.
    assert mark(colour_bar(0.02, threshold=1.0)).min() > 0.9 * marked.shape[1]
