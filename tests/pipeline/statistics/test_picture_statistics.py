"""Numbers of pictures against numpy, and sums that do not depend on the order."""

import numpy as np
import pytest

from pipeline.statistics.picture_measures import measure
from pipeline.statistics.picture_statistics import PictureStatistics

RNG = np.random.default_rng(0)
PICTURES = [
    RNG.integers(0, 65536, (height, 7, 3)).astype(np.uint16)
    for height in (5, 5, 6, 9, 5, 2)
]


def describe(pictures, bins=8):
    found = PictureStatistics(bins)
    for picture in pictures:
        found.add(*picture.shape[:2], measure(picture[None], bins))
        found.add_file("PNG RGB", 10, False)
    return found


def test_means_deviations_and_histograms_are_numpys():
    found = describe(PICTURES).to_dict()
    pixels = np.concatenate([p.reshape(-1, 3) for p in PICTURES]) / 65535
    np.testing.assert_allclose(found["channel_means"], pixels.mean(axis=0))
    np.testing.assert_allclose(found["channel_deviations"], pixels.std(axis=0))
    for channel in range(3):
        expected = np.histogram(pixels[:, channel] * 65535, 8, (0, 65536))[0]
        assert found["intensity"][channel] == expected.tolist()
    assert found["height"] == {"min": 2, "max": 9, "mean": 32 / 6}
    assert found["sizes"] == {"5x7": 3, "2x7": 1, "6x7": 1, "9x7": 1}
    assert found["count"] == 6 and found["bytes"] == 60
    assert found["modes"] == {"PNG RGB": 6}
    assert sum(found["brightness"]) == sum(found["sharpness"]) == 6


def test_sums_do_not_depend_on_the_division():
    whole = describe(PICTURES).to_dict()
    for cut in (1, 4):
        first, second = describe(PICTURES[:cut]), describe(PICTURES[cut:])
        assert second.merge(first).to_dict() == whole
    assert PictureStatistics(8).merge(describe(PICTURES)).to_dict() == whole


def test_measures_of_known_pictures():
    flat = np.full((1, 6, 6, 3), 32768, np.uint16)
    board = np.indices((6, 6)).sum(axis=0) % 2 * 65535
    board = np.repeat(board[None, :, :, None], 3, axis=3).astype(np.uint16)
    flat, board = measure(flat, 4), measure(board, 4)
    assert flat.measures["brightness"][0] == pytest.approx(0.5, abs=1e-4)
    assert flat.measures["contrast"][0] == 0
    # Not to the last bit: processors differ in how they take logarithms.
    assert flat.measures["sharpness"][0] == pytest.approx(-7, abs=1e-5)
    assert board.measures["contrast"][0] == pytest.approx(0.5)
    # The Laplacian of a chessboard is 4 and -4.
    assert board.measures["sharpness"][0] == pytest.approx(np.log10(16), abs=1e-5)
    assert board.intensity.tolist() == [[18, 0, 0, 18]] * 3
    colour = measure(np.array([[[[65535, 0, 0]]]], np.uint16), 4)
    assert colour.measures["brightness"][0] == pytest.approx(0.299)


def test_of_large_pictures_a_part_is_looked_at():
    large = np.zeros((1, 2048, 1024, 3), np.uint16)
    large[:, ::2, ::2] = 65535
    found = measure(large, 4)
    assert found.num_pixels == 1024 * 512 and found.measures["brightness"][0] == 1


def test_very_many_sizes_are_not_told_apart_in_any_order():
    many = [np.zeros((1, n, 3), np.uint16) for n in range(1, 301)]
    assert describe(many).to_dict()["sizes"] is None
    halves = describe(many[:200]), describe(many[200:])
    assert halves[0].to_dict()["sizes"] is not None
    assert halves[1].merge(halves[0]).to_dict()["sizes"] is None
