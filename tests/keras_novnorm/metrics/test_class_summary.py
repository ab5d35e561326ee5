import pytest

from keras_novnorm.metrics import evaluate_scores, summarize_classes
from keras_novnorm.metrics.class_summary import SUMMARIZED


def run(normal, seed, auroc, **values):
    return {
        "normal": normal,
        "seed": seed,
        **dict.fromkeys(SUMMARIZED, 0.25),
        "auroc": auroc,
        **values,
    }


def test_summary_by_hand():
    results = [run(8, 0, 0.5), run(8, 1, 0.75), run(1, 1, 1.0), run(1, 0, 0.875)]
    summary = summarize_classes(results)
    assert list(summary) == list(SUMMARIZED)
    assert summary["auroc"] == {
        "per_class": {8: 0.625, 1: 0.9375},
        "mean": 0.78125,
        "range": 0.3125,
        # Means over classes: 0.6875 with seed 0, 0.875 with seed 1.
        "std_over_seeds": pytest.approx((0.875 - 0.6875) / 2**0.5),
    }
    assert summary["detection_rate"]["range"] == 0.0
    assert summary["detection_rate"]["std_over_seeds"] == 0.0


def test_range_is_of_class_means_not_of_runs():
    results = [run("a", 0, 0.0), run("a", 1, 1.0), run("b", 0, 1.0), run("b", 1, 0.0)]
    summary = summarize_classes(results)["auroc"]
    assert summary["range"] == 0.0 and summary["std_over_seeds"] == 0.0


def test_one_seed_has_no_spread_and_classes_may_be_tuples():
    evaluation = evaluate_scores([0, 1], [1, 2], [False, True])
    summary = summarize_classes([{"normal": (0, 2), "seed": 7, **evaluation}])
    assert summary["fpr_at_95_tpr"] == {
        "per_class": {(0, 2): 0.0},
        "mean": 0.0,
        "range": 0.0,
        "std_over_seeds": None,
    }


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ([], "Received none"),
        ([{"normal": 1, "auroc": 0.5}], "0 lacks seed, average_precision, .*normal, "),
        ([run([1, 2], 0, 0.5)], r"hashable. Received: \[1, 2\] and 0"),
        ([run(1, 0, None)], "auroc=None for normal 1, seed 0"),
        ([run(1, 0, 0.5, detection_rate=float("nan"))], "detection_rate=nan"),
        ([run("a", 0, 0.5)] * 2, "twice: normal 'a', seed 0"),
        ([run(1, 0, 0.5), run(2, 0, 0.5), run(1, 1, 0.5)], "for normal 2, seed 1 "),
    ],
)
def test_what_cannot_be_summarized_is_named(results, message):
    with pytest.raises(ValueError, match=message):
        summarize_classes(results)
