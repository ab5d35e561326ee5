"""Moments of vectors that stream by are those of all at once."""

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from keras_novnorm.features.moments import Moments, whitening_matrix


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    return random.normal(5.0, [1, 2, 0.1, 3], (40, 4)) @ random.normal(size=(4, 4))


def test_they_are_ledoit_and_wolf_s(vectors):
    moments, folds = Moments(4, 3), np.arange(40) % 3
    for start in range(0, 40, 7):
        part = slice(start, start + 7)
        moments.update(vectors[part], folds[part])
    mean, covariance = moments.estimate()
    expected = LedoitWolf().fit(vectors)
    np.testing.assert_allclose(mean, expected.location_, rtol=1e-10)
    np.testing.assert_allclose(covariance, expected.covariance_, rtol=1e-8)
    mean, covariance = moments.estimate(without=1)
    expected = LedoitWolf().fit(vectors[folds != 1])
    np.testing.assert_allclose(mean, expected.location_, rtol=1e-10)
    np.testing.assert_allclose(covariance, expected.covariance_, rtol=1e-8)


def test_whitened_vectors_are_white_and_no_direction_is_narrower_than_rounding(vectors):
    mean, covariance = vectors.mean(axis=0), np.cov(vectors.T, bias=True)
    white = (vectors - mean) @ whitening_matrix(mean, covariance, 1e-9)
    np.testing.assert_allclose(np.cov(white.T, bias=True), np.eye(4), atol=1e-8)
    flat = whitening_matrix(np.full(4, 10.0), np.zeros((4, 4)), 2e-3)
    np.testing.assert_allclose(flat.T @ flat, np.eye(4) / (2e-3 * 10.0) ** 2)


def test_one_vector_has_a_mean_and_none_has_nothing():
    moments = Moments(2, 2)
    moments.update(np.array([[1.0, 2.0]]), np.array([0]))
    mean, covariance = moments.estimate()
    np.testing.assert_array_equal(mean, [1.0, 2.0])
    np.testing.assert_array_equal(covariance, 0.0)
    with pytest.raises(ValueError, match="no vector"):
        moments.estimate(without=0)
