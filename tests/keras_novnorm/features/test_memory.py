"""Memory, coreset and sample: what is kept of normals, and what is near it."""

import numpy as np
import pytest

from keras_novnorm.features.coreset import greedy_coreset
from keras_novnorm.features.memory import Memory, nearest_squares
from keras_novnorm.features.reservoir import Reservoir


@pytest.mark.parametrize("count", [1, 3])
def test_the_nearest_are_found(count):
    random = np.random.default_rng(0)
    kept, asked = random.normal(size=(20, 5)), random.normal(size=(7, 5))
    memory = Memory(32, 5)
    memory.keep(kept)
    squares, places = memory(asked.astype("float32"), count=count)
    expected = np.square(asked[:, None] - kept).sum(axis=-1)
    np.testing.assert_array_equal(places, np.argsort(expected)[:, :count])
    np.testing.assert_allclose(squares, np.sort(expected)[:, :count], rtol=1e-4)


def test_where_few_are_kept_the_last_counts_again():
    memory = Memory(8, 2)
    memory.keep(np.array([[3.0, 4.0]]))
    squares, places = memory(np.zeros((1, 2), "float32"), count=3)
    np.testing.assert_allclose(squares, [[25.0] * 3])
    np.testing.assert_array_equal(places, [[0] * 3])


def test_a_vector_is_at_no_distance_from_itself_however_long():
    memory = Memory(4, 3)
    kept = np.array([[1e3, 1e3, 1e3], [0.0, 0.0, 1.0]], "float32")
    memory.keep(kept)
    np.testing.assert_array_equal(memory(kept)[0], 0.0)


def test_nearest_squares_are_means_over_neighbours():
    memory = np.array([[0.0], [1.0], [5.0]])
    asked = np.array([[[0.0], [4.0]]])
    np.testing.assert_allclose(nearest_squares(asked, memory), [0.0, 1.0])
    np.testing.assert_allclose(nearest_squares(asked, memory, 2), [0.5, 5.0])
    assert np.isnan(nearest_squares(asked, memory[:0])).all()


def test_a_coreset_leaves_nothing_far():
    random = np.random.default_rng(0)
    centres = 100 * random.normal(size=(6, 80))
    vectors = np.repeat(centres, 50, axis=0) + random.normal(size=(300, 80))
    taken = greedy_coreset(vectors, 6)
    assert sorted(place // 50 for place in taken) == list(range(6))
    np.testing.assert_array_equal(greedy_coreset(vectors, 500), np.arange(300))
    same = greedy_coreset(np.ones((10, 3)), 4)
    assert len(set(same)) == 4


def test_a_sample_does_not_depend_on_batches():
    rows = np.arange(1000)
    found = []
    for size in (1, 7, 400):
        sample = Reservoir(50)
        for start in range(0, 1000, size):
            part = rows[start : start + size]
            sample.update(part, -part)
        one, other = sample.rows()
        assert len(one) == 50 and (np.diff(one) > 0).all()
        np.testing.assert_array_equal(one, -other)
        found.append(one)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    small = Reservoir(50)
    small.update(rows[:20])
    np.testing.assert_array_equal(small.rows()[0], rows[:20])
