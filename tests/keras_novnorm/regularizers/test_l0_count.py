import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.regularizers import L0Count
from tests.contracts import assert_config_round_trip

WEIGHTS = np.array([[0.0, 1e-10, -1e-11], [0.01, -3.0, 2e-12]], "float32")


def gradient(penalty, weights):
    variable = tf.Variable(weights)
    with tf.GradientTape() as tape:
        value = penalty(variable)
    return tape.gradient(value, variable)


def test_counts_entries_not_below_the_threshold_eq_3():
    # By hand: 1e-10, 0.01 and -3.0 are not below 1e-10.
    assert float(L0Count()(WEIGHTS)) == 3.0


def test_count_is_exact_for_many_small_weights():
    weights = np.full((100, 100), 1e-3, "float32")
    assert float(L0Count()(weights)) == 10_000.0


def test_gradient_is_that_of_the_smooth_function():
    w, scale = np.array([0.0, 0.01, -0.03], "float32"), 0.01
    expected = 2 * w * scale**2 / (w**2 + scale**2) ** 2
    np.testing.assert_allclose(gradient(L0Count(scale=scale), w), expected, rtol=1e-5)


def test_gradient_free_form_counts_alike():
    penalty = L0Count(gradient="none")
    assert float(penalty(WEIGHTS)) == 3.0
    assert gradient(penalty, WEIGHTS) is None


def test_config_round_trip_and_registration():
    again = assert_config_round_trip(L0Count(threshold=1e-3, scale=0.5))
    assert (again.threshold, again.scale) == (1e-3, 0.5)
    assert keras.saving.get_registered_name(L0Count) == "keras_novnorm>L0Count"


def test_unknown_gradient_is_named():
    with pytest.raises(ValueError, match="'sideways'"):
        L0Count(gradient="sideways")
