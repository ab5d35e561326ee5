import numpy as np
import pytest

from keras_novnorm.calibration import (
    smallest_target_fpr,
    threshold_at,
    threshold_rank,
)


def test_tiny_example_by_hand():
    scores = np.array([3.0, 1.0, 4.0, 2.0])
    threshold = threshold_at(scores, target_fpr=0.2)
    assert threshold == 4.0
    assert not np.any(scores > threshold)
    assert threshold < 4.0001


def test_products_that_round_down_keep_their_rank():
    # 0.07 * 100 is 7.000000000000001, 0.29 * 100 is 28.999999999999996.
    assert threshold_rank(99, 0.07) == 7
    assert threshold_rank(99, 0.29) == 29


@pytest.mark.parametrize(
    ("count", "target", "needed", "smallest"),
    [(4, 0.01, "99", "0.2"), (50, 0.01, "99", "0.0197"), (4, 0.05, "19", "0.2")],
)
def test_too_few_scores_are_refused_with_the_number_needed(
    count, target, needed, smallest
):
    with pytest.raises(ValueError, match=f"needs {needed} held-out") as error:
        threshold_at(np.arange(count), target)
    assert smallest in str(error.value)
    assert f"Received: {count}" in str(error.value)
    # The number named can be used as it is printed.
    threshold_at(np.arange(count), float(smallest))


def test_just_enough_scores_give_the_largest():
    assert threshold_at(np.arange(99), 0.01) == 98
    assert smallest_target_fpr(99) == 0.01


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, 5])
def test_rates_outside_are_named(target):
    with pytest.raises(ValueError, match=f"Received: {target}"):
        threshold_at(np.arange(99), target)


def test_no_scores_at_all():
    with pytest.raises(ValueError, match="Received: 0"):
        threshold_at(np.array([]), 0.5)


def test_broken_scores_are_counted():
    with pytest.raises(ValueError, match="2 of 3"):
        threshold_at(np.array([np.nan, 1.0, np.inf]), 0.5)


def test_the_rate_holds_on_new_normals_in_expectation():
    rng = np.random.default_rng(0)
    rates = [
        np.mean(rng.normal(size=500) > threshold_at(rng.normal(size=100), 0.05))
        for _ in range(400)
    ]
    # floor(0.05 * 101) / 101 = 0.0495 in expectation.
    assert abs(np.mean(rates) - 5 / 101) < 0.004
