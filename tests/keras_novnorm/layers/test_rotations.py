import numpy as np
import pytest

from keras_novnorm.layers import RandomShiftFlip, four_rotations
from tests.contracts import assert_layer_contract


def test_turns_are_numpys():
    images = np.random.default_rng(0).normal(size=(2, 3, 3, 2)).astype("float32")
    turned = np.asarray(four_rotations(images)).reshape(4, 2, 3, 3, 2)
    for turns in range(4):
        expected = np.rot90(images, turns, axes=(1, 2))
        np.testing.assert_array_equal(turned[turns], expected)


def test_pictures_that_are_not_square_cannot_be_told_by_their_shape():
    images = np.ones((2, 6, 4, 1), "float32")
    assert four_rotations(images).shape == (8, 4, 4, 1)


IMAGES = np.arange(2 * 5 * 8, dtype="float32").reshape(2, 5, 8, 1)


def test_nothing_moves_at_inference():
    layer = RandomShiftFlip(2, True)
    np.testing.assert_array_equal(assert_layer_contract(layer, IMAGES), IMAGES)


@pytest.mark.parametrize("flip", [False, True])
def test_each_picture_is_one_of_its_shifts(flip):
    shift = 2
    padded = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    layer = RandomShiftFlip(shift, flip, seed=0)
    seen = set()
    for _ in range(60):
        moved = np.asarray(layer(IMAGES, training=True))
        for picture, base in zip(moved, padded, strict=True):
            found = [
                (row, column, mirrored)
                for row in range(2 * shift + 1)
                for column in range(2 * shift + 1)
                for mirrored in ((False, True) if flip else (False,))
                if np.array_equal(
                    picture[:, ::-1] if mirrored else picture,
                    base[row : row + 5, column : column + 8],
                )
            ]
            assert len(found) == 1
            seen.update(found)
    # Rows and columns move apart from each other, and nearly every way is taken.
    assert len(seen) > (40 if flip else 22)


def test_without_shift_and_flip_nothing_moves_in_training():
    np.testing.assert_array_equal(
        RandomShiftFlip(0, False)(IMAGES, training=True), IMAGES
    )
