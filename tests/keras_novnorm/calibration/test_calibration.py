import numpy as np
import pytest

from keras_novnorm.calibration import Calibration
from tests.contracts import assert_layer_contract


def calibrated(scores, target_fpr, capacity=16):
    layer = Calibration(capacity)
    layer.build()
    layer.fit_scores(np.asarray(scores, "float32"), target_fpr)
    return layer


def test_tiny_example_by_hand():
    layer = calibrated([1, 2, 3, 4], target_fpr=0.2)
    scores = np.array([4.0, 2.5, 5.0, 4.0001, 0.0], "float32")
    output = assert_layer_contract(layer, scores)
    np.testing.assert_allclose(output["p_value"], [0.4, 0.6, 0.2, 0.2, 1.0])
    np.testing.assert_array_equal(output["threshold"], [4, 4, 4, 4, 4])
    np.testing.assert_array_equal(output["is_novel"], [0, 0, 1, 1, 0])


@pytest.mark.parametrize("target_fpr", [0.05, 0.1, 0.25])
def test_verdict_is_the_p_value_compared_with_the_target(target_fpr):
    rng = np.random.default_rng(3)
    layer = calibrated(rng.normal(size=30), target_fpr, capacity=64)
    output = layer(rng.normal(size=200).astype("float32") * 2)
    by_p_value = np.asarray(output["p_value"]) <= target_fpr
    np.testing.assert_array_equal(output["is_novel"], by_p_value)


def test_nothing_is_claimed_before_calibration():
    layer = Calibration(4)
    layer.build()
    output = layer(np.array([-1.0, 1e9], "float32"))
    assert np.all(np.isnan(output["p_value"]))
    assert np.all(np.isnan(output["threshold"]))
    assert not np.any(output["is_novel"])


def test_moving_the_target_needs_no_scores_again():
    layer = calibrated(np.arange(9), target_fpr=0.1)
    assert float(layer.threshold) == 8
    layer.set_target_fpr(0.3)
    assert float(layer.threshold) == 6
    np.testing.assert_array_equal(layer.kept_scores(), np.arange(9))


def test_a_refusal_changes_nothing():
    layer = calibrated(np.arange(9), target_fpr=0.1)
    with pytest.raises(ValueError, match="needs 99"):
        layer.set_target_fpr(0.01)
    with pytest.raises(ValueError, match="needs 99"):
        layer.fit_scores(np.arange(3), 0.01)
    assert float(layer.threshold) == 8
    assert len(layer.kept_scores()) == 9


def test_more_scores_than_capacity_are_thinned_and_said():
    layer = Calibration(10)
    layer.build()
    with pytest.warns(UserWarning, match="25 calibration scores.* 10 of them"):
        layer.fit_scores(np.arange(25.0), 0.2)
    assert len(layer.kept_scores()) == 10
    assert np.all(np.isin(layer.kept_scores(), np.arange(25)))
