import numpy as np
import pytest

from keras_novnorm.calibration import Calibration
from keras_novnorm.calibration.margin import MARGIN, place_scores


def test_scores_that_lie_apart_stay_where_they_are():
    scores = np.array([3.0, 1.0, 2.0], "float32")
    np.testing.assert_array_equal(place_scores(scores, MARGIN), [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(place_scores(scores, 0.0), [1.0, 2.0, 3.0])
    assert place_scores([], MARGIN).size == 0


def test_equal_scores_stay_equal():
    placed = place_scores(np.full(20, 0.7, "float32"), MARGIN)
    np.testing.assert_array_equal(placed, np.full(20, 0.7, "float32"))


@pytest.mark.parametrize("count", [2, 40, 500, 4000])
def test_no_verdict_of_a_calibration_score_hangs_on_rounding(count):
    rng = np.random.default_rng(count)
    scores = np.sort(rng.normal(size=count)).astype("float32")
    # The worst: one score just a margin above each of some others.
    worst = np.float32(scores[: count // 2] + MARGIN)
    scores = np.concatenate([scores[: count - count // 2], worst])
    placed = place_scores(scores, MARGIN)
    assert np.max(np.abs(placed - np.sort(scores))) <= MARGIN / 2 + 1e-6
    layer = Calibration(count)
    layer.build()
    layer.fit_scores(scores, 0.5, MARGIN)
    # Float32 of one machine and another, in a dense set of scores.
    wobble = 1e-4 if count <= 500 else 1e-5
    expected = layer(scores, margin=MARGIN)
    for shift in (wobble, -wobble):
        moved = layer((scores + np.float32(shift)).astype("float32"), margin=MARGIN)
        np.testing.assert_array_equal(moved["is_novel"], expected["is_novel"])
        np.testing.assert_array_equal(moved["p_value"], expected["p_value"])


def test_a_tie_is_a_tie_in_favour_of_normal():
    layer = Calibration(8)
    layer.build()
    layer.fit_scores(np.array([1.0, 2.0, 3.0, 4.0]), 0.2, MARGIN)
    scores = np.array([4.0, 4.0 + MARGIN / 2, 4.0 + 2 * MARGIN, 3.0], "float32")
    output = layer(scores, margin=MARGIN)
    np.testing.assert_array_equal(output["is_novel"], [False, False, True, False])
    np.testing.assert_allclose(output["p_value"], [0.4, 0.4, 0.2, 0.6])
    np.testing.assert_array_equal(output["threshold"], np.full(4, 4.0))


@pytest.mark.slow
def test_the_margin_keeps_the_promised_rate():
    rng = np.random.default_rng(1)
    rates = []
    for _ in range(200):
        layer = Calibration(64)
        layer.build()
        layer.fit_scores(rng.normal(size=60), 0.1, MARGIN)
        output = layer(rng.normal(size=200).astype("float32"), margin=MARGIN)
        novel, by_p_value = output["is_novel"], np.asarray(output["p_value"]) <= 0.1
        np.testing.assert_array_equal(novel, by_p_value)
        rates.append(np.mean(novel))
    assert abs(np.mean(rates) - 6 / 61) < 0.012
