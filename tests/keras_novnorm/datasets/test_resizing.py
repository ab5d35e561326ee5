"""Stretch, pad, tiles: what a detector sees, and the way back for maps."""

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.resizing import Resizing


def ramp(height, width):
    values = np.arange(height * width, dtype=np.float32).reshape(height, width, 1)
    return values / values.max()


def test_pad_keeps_proportions_and_fills_with_black():
    image = np.ones((10, 40, 1), np.float32)
    (view,) = Resizing(20, 20, "pad").views(image).numpy()
    np.testing.assert_array_equal(view[:7], 0)
    np.testing.assert_array_equal(view[8:12], 1)
    np.testing.assert_array_equal(view[13:], 0)
    assert view.sum() == 5 * 20


def test_a_padded_map_comes_back_without_the_padding():
    image = np.ones((10, 40, 1), np.float32)
    resizing = Resizing(20, 20, "pad")
    (view,) = resizing.views(image).numpy()
    values = resizing.picture_map(view[None, :, :, 0], image.shape[:2]).numpy()
    assert values.shape == (10, 40)
    np.testing.assert_array_equal(values, 1)


@pytest.mark.parametrize(("height", "width"), [(50, 70), (16, 16), (5, 40), (17, 16)])
def test_tiles_cover_the_picture_and_join_to_it(height, width):
    image = ramp(height, width)
    resizing = Resizing(16, 16, "tiles", overlap=0.25)
    tiles = resizing.views(image)
    assert tiles.shape[1:] == (16, 16, 1)
    joined = resizing.picture_map(tiles[..., 0], image.shape[:2]).numpy()
    np.testing.assert_allclose(joined, image[..., 0], atol=1e-6)


def test_neighbours_overlap_by_the_share_at_least():
    resizing = Resizing(16, 16, "tiles", overlap=0.25)
    rows = resizing.tile_rows(np.zeros((50, 16, 1), np.float32)).numpy()
    starts = rows[:, 0]
    assert starts[0] == 0
    assert rows[-1, -1] == 49
    assert np.all(np.diff(starts) <= 12)
    assert len(rows) == 4  # as few as do it


def test_a_picture_smaller_than_a_tile_goes_on_as_its_mirror_image():
    image = ramp(3, 3)
    (tile,) = Resizing(8, 8, "tiles").views(image).numpy()
    mirrored = np.pad(image[..., 0], ((0, 5), (0, 5)), "reflect")
    np.testing.assert_array_equal(tile[..., 0], mirrored)


def test_in_a_graph_as_outside_of_it():
    resizing = Resizing(16, 16, "tiles")
    signature = [tf.TensorSpec((None, None, 1), tf.float32)]
    views = tf.function(resizing.views, input_signature=signature)
    for size in ((40, 20), (16, 90)):
        image = ramp(*size)
        np.testing.assert_array_equal(views(image), resizing.views(image))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "crop"}, "'crop'"),
        ({"rule": "tiles", "overlap": 1.0}, "1.0"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Resizing(8, 8, **arguments)
