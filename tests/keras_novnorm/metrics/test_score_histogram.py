"""Counted scores: nothing is lost on the way, and the exact metric is in the range."""

import numpy as np
import pytest

from keras_novnorm.metrics import (
    OneClassOnlyError,
    ScoreHistogram,
    auroc,
    average_precision,
    evaluate_histograms,
    evaluate_scores,
    evaluate_slice,
    fpr_at_95_tpr,
)
from keras_novnorm.metrics.bounded_metrics import (
    bounded_auroc,
    bounded_average_precision,
    bounded_fpr_at_tpr,
    num_needed,
)
from keras_novnorm.metrics.score_histogram import DROPPED_BITS

PAIRS = {
    "auroc": (auroc, bounded_auroc),
    "average precision": (average_precision, bounded_average_precision),
    "false alarms at 95%": (fpr_at_95_tpr, bounded_fpr_at_tpr),
}


def draw(shape, generator, count):
    """Labels and float32 scores of some shape."""
    labels = generator.integers(0, 2, count)
    noise = generator.standard_normal(count) + labels
    scores = {
        "skewed": np.exp(3 * noise),
        "tied": np.round(noise),
        "tiny": 1e-42 * np.round(1e3 * noise),
        "huge": np.sign(noise) * 10.0 ** (7 * np.abs(noise)),
        "negative": -np.exp(noise[::-1]) - 7,
        "close": 1000 + 0.05 * noise,
        "one value": np.full(count, 2.5),
    }[shape]
    return labels, scores.astype("float32")


def histograms(labels, scores, dropped_bits=0, is_novel=None):
    flags = np.zeros(labels.size, bool) if is_novel is None else is_novel
    return [
        ScoreHistogram.of(scores[labels == k], flags[labels == k], dropped_bits)
        for k in (0, 1)
    ]


SHAPES = ["skewed", "tied", "tiny", "huge", "negative", "close", "one value"]


@pytest.mark.parametrize("metric", sorted(PAIRS))
@pytest.mark.parametrize("shape", SHAPES)
def test_the_exact_metric_lies_in_the_range(shape, metric):
    exact, bounded = PAIRS[metric]
    generator = np.random.default_rng(0)
    for count in (10, 400, 5000):
        labels, scores = draw(shape, generator, count)
        expected = exact(labels, scores)
        for dropped_bits in (0, DROPPED_BITS, 20):
            found = bounded(*histograms(labels, scores, dropped_bits))
            assert found.low - 1e-12 <= expected <= found.high + 1e-12
            assert found.low <= found.value <= found.high
            if not dropped_bits:
                assert found.value == pytest.approx(expected, abs=1e-12)
                assert found.low == found.high


def test_the_range_of_a_sketch_is_narrow_and_its_size_bounded():
    labels, scores = draw("skewed", np.random.default_rng(1), 200_000)
    normal, novel = histograms(labels, scores, DROPPED_BITS)
    assert normal.keys.size + novel.keys.size < 80_000
    for _, bounded in PAIRS.values():
        found = bounded(normal, novel)
        assert 0 < found.high - found.low < 2e-3
    every = np.arange(2**32 >> DROPPED_BITS, dtype="uint64") << DROPPED_BITS
    scores = every.astype("uint32").view("float32")
    assert ScoreHistogram.of(scores, dropped_bits=DROPPED_BITS).keys.size <= 2**20


def test_merging_in_any_order_is_counting_together():
    labels, scores = draw("huge", np.random.default_rng(2), 999)
    flags = scores > 0
    whole = ScoreHistogram.of(scores, flags)
    assert np.all(np.diff(whole.values) > 0)
    np.testing.assert_array_equal(whole.values, np.unique(scores))
    parts = [ScoreHistogram.of(scores[i::7], flags[i::7]) for i in range(7)]
    coarse = ScoreHistogram.of(scores, flags, 9)
    for order in (parts, parts[::-1], [ScoreHistogram.merged(parts[:3]), *parts[3:]]):
        for dropped_bits, expected in ((0, whole), (9, coarse)):
            merged = ScoreHistogram.merged(order, dropped_bits)
            np.testing.assert_array_equal(merged.keys, expected.keys)
            np.testing.assert_array_equal(merged.counts, expected.counts)
            assert merged.num_flagged == np.sum(flags) and merged.size == 999
    with pytest.raises(ValueError, match="9 were dropped, and `dropped_bits` is 2"):
        ScoreHistogram.merged([coarse, whole], 2)
    with pytest.raises(ValueError, match="Received: 24"):
        ScoreHistogram.of(scores, dropped_bits=24)


def test_both_zeros_are_one_and_nothing_is_an_empty_histogram():
    assert ScoreHistogram.of([0.0, -0.0]).counts.tolist() == [2]
    nothing = ScoreHistogram.merged([])
    assert nothing.size == 0 and nothing.values.size == 0


@pytest.mark.parametrize("dropped_bits", [0, DROPPED_BITS])
def test_evaluation_agrees_with_that_of_the_scores(dropped_bits):
    labels, scores = draw("skewed", np.random.default_rng(3), 3000)
    flags = scores > 5
    expected = evaluate_scores(labels, scores, flags)
    found = evaluate_histograms(*histograms(labels, scores, dropped_bits, flags))
    assert found["is_exact"] is not bool(dropped_bits)
    for name in ("auroc", "average_precision", "fpr_at_95_tpr"):
        low, high = found["intervals"][name]
        assert low < expected[name] < high and high - low < 0.1
        if dropped_bits:
            low, high = found["bounds"][name]
            assert low <= expected[name] <= high and high - low < 2e-3
        else:
            assert found[name] == pytest.approx(expected[name], abs=1e-12)
    for name in ("detection_rate", "false_positive_rate", "num_normal", "num_images"):
        assert found[name] == expected[name]
    assert found["bounds"].keys() == (
        {"auroc", "average_precision", "fpr_at_95_tpr"} if dropped_bits else set()
    )


def test_normals_alone_are_judged_by_their_false_alarms():
    normal = ScoreHistogram.of([1, 2, 3, 4], [False, False, False, True])
    nothing = ScoreHistogram.of([])
    found = evaluate_histograms(normal, nothing)
    assert (
        found["auroc"] is found["average_precision"] is found["detection_rate"] is None
    )
    assert found["false_positive_rate"] == 0.25
    assert set(found["intervals"]) == {"false_positive_rate"}
    assert len(found["messages"]) == 3 and "all 4 labels" in found["messages"][0]
    with pytest.raises(OneClassOnlyError, match="Add normal images"):
        bounded_auroc(nothing, normal)


def test_what_is_not_finite_is_refused_by_number():
    bad = ScoreHistogram.of([1, np.nan, np.inf])
    with pytest.raises(ValueError, match="2 of 4 that are NaN"):
        evaluate_histograms(bad, ScoreHistogram.of([1.0]))


def test_a_slice_is_compared_with_all_normals():
    everything = ScoreHistogram.of([1, 2, 5])
    normal = ScoreHistogram.of([5], [True])
    novel = ScoreHistogram.of([3, 6], [False, True])
    found = evaluate_slice(everything, normal, novel)
    assert found["auroc"] == pytest.approx(5 / 6)
    assert (found["num_images"], found["num_normal"], found["num_novel"]) == (3, 1, 2)
    assert (found["false_positive_rate"], found["detection_rate"]) == (1.0, 0.5)
    assert set(found["intervals"]) == {
        "auroc",
        "false_positive_rate",
        "detection_rate",
    }
    alone = evaluate_slice(everything, normal, ScoreHistogram.of([]))
    assert alone["auroc"] is None and alone["detection_rate"] is None


@pytest.mark.parametrize(
    ("count", "tpr"), [(100, 0.07), (20, 0.95), (19, 0.95), (1, 0.1)]
)
def test_as_many_as_needed(count, tpr):
    shares = np.arange(1, count + 1) / count
    assert num_needed(count, tpr) == 1 + np.searchsorted(shares, tpr)
