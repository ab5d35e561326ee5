import numpy as np
import pytest

from keras_novnorm.metrics import (
    OneClassOnlyError,
    auroc,
    average_precision,
    evaluate_scores,
    fpr_at_95_tpr,
)


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


@pytest.mark.parametrize(
    ("normal", "novel", "expected"),
    [
        ([1, 2, 3, 4], [5, 6], 0.0),
        ([1, 2, 3, 4], [3.5, 9], 0.25),
        # At the threshold, 3, is flagged too.
        ([1, 2, 3, 4], [3, 9], 0.5),
        ([7, 7, 7], [7, 7], 1.0),
        # Nineteen of twenty are 95%: the lowest one may be missed.
        ([10, 10, 10], [0, *range(11, 30)], 0.0),
        # Eighteen of nineteen are not, so the lowest one counts.
        ([10, 10, 10], [0, *range(11, 29)], 1.0),
    ],
)
def test_fpr_at_95_tpr_by_hand(normal, novel, expected):
    labels = [0] * len(normal) + [1] * len(novel)
    assert fpr_at_95_tpr(labels, normal + novel) == expected


def test_fpr_at_tpr_agrees_with_its_definition():
    rng = np.random.default_rng(0)
    for tpr in (0.07, 0.5, 0.95, 1.0):
        labels = rng.permutation([0] * 30 + [1] * 100)
        scores = rng.integers(0, 12, 130) + labels
        enough = [
            threshold
            for threshold in np.unique(scores)
            if np.sum(scores[labels == 1] >= threshold) >= round(100 * tpr)
        ]
        expected = np.mean(scores[labels == 0] >= max(enough))
        assert fpr_at_95_tpr(labels, scores, tpr) == expected


@pytest.mark.parametrize("tpr", [0.0, 1.5])
def test_fpr_at_tpr_refuses_what_is_no_share(tpr):
    with pytest.raises(ValueError, match=f"in \\(0, 1\\]. Received: {tpr}"):
        fpr_at_95_tpr([0, 1], [1, 2], tpr)


@pytest.mark.parametrize(("label", "lack"), [(0, "novel"), (1, "normal")])
def test_one_class_only_is_said_and_not_a_number(label, lack):
    with pytest.raises(ValueError, match=f"all 3 labels .* Add {lack} images"):
        auroc([label] * 3, [1, 2, 3])
    with pytest.raises(OneClassOnlyError, match="FPR at 90% TPR compares"):
        fpr_at_95_tpr([label] * 3, [1, 2, 3], tpr=0.9)
    result = evaluate_scores([label] * 3, [1, 2, 3], [False, False, True])
    assert result["auroc"] is None and result["average_precision"] is None
    assert result["fpr_at_95_tpr"] is None
    known = "detection_rate" if label else "false_positive_rate"
    assert result[known] == pytest.approx(1 / 3)
    assert len(result["messages"]) == 3


def test_evaluation_by_hand():
    result = evaluate_scores(
        labels=[0, 0, 1, 1, 1],
        scores=[1, 5, 2, 6, 7],
        is_novel=[False, True, False, True, True],
        groups=["good", "good", "crack", "hole", "hole"],
    )
    assert result["auroc"] == pytest.approx(5 / 6)
    assert result["fpr_at_95_tpr"] == 0.5
    assert result["false_positive_rate"] == 0.5
    assert result["detection_rate"] == pytest.approx(2 / 3)
    assert result["groups"]["hole"] == {
        "num_images": 2,
        "label": 1,
        "flagged_rate": 1.0,
        "auroc": 1.0,
    }
    assert result["groups"]["crack"]["auroc"] == 0.5
    assert result["groups"]["good"]["auroc"] is None
    assert result["messages"] == []


def test_groups_are_each_compared_with_all_normals():
    labels, scores = [0, 0, 0, 1, 1], [1, 2, 5, 3, 4]
    groups = ["plain", "plain", "striped", "striped", "hole"]
    result = evaluate_scores(labels, scores, [False] * 5, groups)["groups"]
    # Of a mixed group, the novel image only; all three normals, not the group's own.
    expected = {"hole": pytest.approx(2 / 3), "striped": pytest.approx(2 / 3)}
    assert {k: v["auroc"] for k, v in result.items()} == {**expected, "plain": None}
    alone = evaluate_scores([1, 1], [1, 2], [True] * 2, ["hole", "crack"])
    assert [group["auroc"] for group in alone["groups"].values()] == [None, None]


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
