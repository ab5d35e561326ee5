"""Components leave an error, and what was left out tells how large it is."""

import numpy as np
import pytest

from keras_novnorm.terms.principal_components import (
    left_out_errors,
    principal_components,
)


def errors(pictures, mean, basis):
    centred = pictures - mean
    return np.square(centred - centred @ basis @ basis.T).mean(axis=1)


@pytest.mark.parametrize(
    "number, pixels, used", [(40, 16, 8), (10, 64, 8), (2, 64, 0), (1, 64, 0)]
)
def test_there_are_fewer_components_than_pictures_and_pixels(number, pixels, used):
    pictures = np.random.default_rng(0).random((number, pixels), "float32")
    mean, basis = principal_components(pictures, 32)
    assert basis.shape == (pixels, used) and mean.dtype == np.float32
    if number > 1:
        assert errors(pictures, mean, basis).min() > 1e-5


@pytest.mark.parametrize("number", range(3, 13))
def test_errors_of_pictures_left_out_are_those_of_new_ones(digits, number):
    pictures = digits["train"].reshape(110, 64).astype("float32") / 255
    known, new = pictures[:number], pictures[20:]
    expected = np.median(errors(new, *principal_components(known, 32)))
    found, sizes = left_out_errors(known, 32)
    assert found.shape == sizes.shape == (number,)
    assert 0.4 < np.median(found) / expected < 2.5
