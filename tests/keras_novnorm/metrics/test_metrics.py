import numpy as np
import pytest

from keras_novnorm.metrics import auroc, average_precision, evaluate_scores


@pytest.mark.parametrize(
    ("labels", "scores"),
    [([0, 0, 1, 1], [10, 20, 30, 40]), ([1, 0, 0], [1e-10, 0.0, 0.0])],
)
def test_separated_scores_on_any_scale_are_perfect(labels, scores):
    assert auroc(labels, scores) == 1.0
    assert average_precision(labels, scores) == 1.0


def test_auroc_counts_pairs():
    labels, scores = [0, 0, 1, 1], [1.0, 3.0, 2.0, 3.0]
    # Of four pairs: 2 > 1, 2 < 3, 3 > 1 and a tie.
    assert auroc(labels, scores) == (1 + 0 + 1 + 0.5) / 4


@pytest.mark.parametrize(("label", "lack"), [(0, "novel"), (1, "normal")])
def test_one_class_only_is_said_and_not_a_number(label, lack):
    with pytest.raises(ValueError, match=f"all 3 labels .* Add {lack} images"):
        auroc([label] * 3, [1, 2, 3])
    result = evaluate_scores([label] * 3, [1, 2, 3], [False, False, True])
    assert result["auroc"] is None and result["average_precision"] is None
    known = "detection_rate" if label else "false_positive_rate"
    assert result[known] == pytest.approx(1 / 3)
    assert len(result["messages"]) == 2


def test_evaluation_by_hand():
    result = evaluate_scores(
        labels=[0, 0, 1, 1, 1],
        scores=[1, 5, 2, 6, 7],
        is_novel=[False, True, False, True, True],
        groups=["good", "good", "crack", "hole", "hole"],
    )
    assert result["auroc"] == pytest.approx(5 / 6)
    assert result["false_positive_rate"] == 0.5
    assert result["detection_rate"] == pytest.approx(2 / 3)
    assert result["groups"]["hole"] == {
        "num_images": 2,
        "label": 1,
        "flagged_rate": 1.0,
    }
    assert result["messages"] == []


def test_swapped_labels_are_hinted_at_and_not_flipped():
    result = evaluate_scores([1, 1, 0, 0], [1, 2, 3, 4], [False] * 4)
    assert result["auroc"] == 0.0
    assert "swapped" in result["messages"][0]


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([0, 1], [1.0], r"labels \(2,\) and scores \(1,\)"),
        ([0, 2], [1.0, 2.0], r"\[2\]"),
        ([0, 1], [1.0, np.nan], "1 of 2"),
    ],
)
def test_malformed_input_is_named(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        auroc(labels, scores)
