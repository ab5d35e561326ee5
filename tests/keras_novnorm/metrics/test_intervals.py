"""Intervals hold what they promise; differences are told from noise."""

import numpy as np
import pytest
from scipy.stats import norm

from keras_novnorm.metrics import (
    ScoreHistogram,
    auroc,
    auroc_difference,
    auroc_interval,
    average_precision,
    fpr_at_95_tpr,
    wilson_interval,
)
from keras_novnorm.metrics.auroc_difference import difference_of_intervals
from keras_novnorm.metrics.intervals import bootstrap_interval


def two_detectors(generator, num_normal, num_novel, auroc_a, auroc_b, correlation=0.5):
    """Labels, and scores of two detectors whose noise is partly the same."""
    labels = np.repeat([0, 1], [num_normal, num_novel])
    common, *own = generator.standard_normal((3, labels.size))
    return labels, *(
        np.sqrt(correlation) * common
        + np.sqrt(1 - correlation) * noise
        + labels * norm.ppf(area) * np.sqrt(2)
        for noise, area in zip(own, (auroc_a, auroc_b), strict=True)
    )


def test_wilson_by_known_values():
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998.
    low, high = wilson_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert wilson_interval(0, 20)[0] == 0.0
    assert round(wilson_interval(0, 20)[1], 4) == 0.1611
    assert wilson_interval(20, 20)[1] == 1.0
    assert wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="Received: 95"):
        wilson_interval(1, 2, confidence=95)


@pytest.mark.parametrize(("area", "counts"), [(0.7, (40, 60)), (0.95, (300, 100))])
def test_the_interval_of_an_auroc_covers_it_as_often_as_it_says(area, counts):
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(300):
        labels, scores, _ = two_detectors(generator, *counts, area, area)
        low, high = auroc_interval(auroc(labels, scores), *counts)
        covered += low <= area <= high
    assert 0.92 <= covered / 300 <= 1.0


def test_a_perfect_score_of_few_images_is_not_certain():
    low, high = auroc_interval(1.0, 5, 5)
    assert high == pytest.approx(1.0) and low < 0.85
    assert auroc_interval(1.0, 500, 500)[0] > low


@pytest.mark.slow
@pytest.mark.parametrize("count", [60, 3000])
def test_draws_anew_cover_what_a_larger_set_shows(count):
    generator = np.random.default_rng(1)
    everything = two_detectors(generator, 50_000, 50_000, 0.9, 0.5)
    for name, metric in (
        ("average_precision", average_precision),
        ("fpr_at_95_tpr", fpr_at_95_tpr),
    ):
        expected = metric(*everything[:2])
        covered = 0
        for _ in range(20):
            labels, scores, _ = two_detectors(generator, count, count, 0.9, 0.5)
            low, high = bootstrap_interval(
                name,
                *(ScoreHistogram.of(scores[labels == k]) for k in (0, 1)),
                draws=200,
            )
            covered += low <= expected <= high
        assert covered >= 16


def test_draws_are_the_same_each_time_however_they_are_drawn():
    labels, scores, _ = two_detectors(np.random.default_rng(2), 400, 400, 0.8, 0.5)
    fine = [ScoreHistogram.of(scores[labels == k]) for k in (0, 1)]
    rough = [one.coarsened(17) for one in fine]
    assert rough[0].keys.size < 400 < fine[0].keys.size + fine[1].keys.size
    found = [bootstrap_interval("average_precision", *pair) for pair in (fine, rough)]
    assert found[0] == bootstrap_interval("average_precision", *fine)
    np.testing.assert_allclose(*found, atol=0.02)


@pytest.mark.slow
def test_a_difference_covers_the_true_one_and_pairing_narrows_it():
    generator = np.random.default_rng(3)
    covered, widths = 0, {0.0: [], 0.9: []}
    for correlation, found in widths.items():
        for _ in range(150):
            scores = two_detectors(generator, 80, 80, 0.85, 0.90, correlation)
            difference = auroc_difference(*scores)
            covered += difference.low <= -0.05 <= difference.high
            found.append(difference.high - difference.low)
    assert covered / 300 > 0.92
    assert np.mean(widths[0.9]) < 0.6 * np.mean(widths[0.0])


def test_a_detector_does_not_differ_from_itself():
    labels, scores, other = two_detectors(np.random.default_rng(4), 50, 50, 0.8, 0.8)
    found = auroc_difference(labels, scores, np.exp(scores))
    assert found.value == 0 and abs(found.low) < 0.05 and abs(found.high) < 0.05
    assert found.low <= 0 <= found.high
    forth, back = (
        auroc_difference(labels, a, b) for a, b in ((scores, other), (other, scores))
    )
    assert (forth.value, forth.low) == pytest.approx((-back.value, -back.high))
    with pytest.raises(ValueError, match="1 of 100 that are NaN"):
        auroc_difference(labels, scores, np.where(np.arange(100) == 5, np.nan, other))


@pytest.mark.parametrize("count", [1, 4])
def test_two_perfect_detectors_are_told_apart_by_nothing(count):
    found = auroc_difference(
        [0] * count + [1] * count, [0] * count + [1] * count, range(2 * count)
    )
    assert found.value == 0 and found.low < -0.1 and found.high > 0.1


def test_known_intervals_without_a_correlation():
    found = difference_of_intervals((0.5, 0.4, 0.6), (0.5, 0.4, 0.6))
    assert (found.low, found.high) == pytest.approx((-np.sqrt(0.02), np.sqrt(0.02)))
