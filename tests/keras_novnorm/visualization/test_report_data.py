"""What the page knows leads it to the verdicts of the detector."""

import json

import numpy as np
import pytest

from keras_novnorm.visualization.report_data import MOST_EMBEDDED, report_data


def data_of(scores, threshold, **options):
    arguments = {
        "labels": np.arange(len(scores)) % 2,
        "scores": scores,
        "is_novel": np.asarray(scores) > threshold,
        "class_names": ["a"] * len(scores),
        "threshold": threshold,
        "calibration_scores": None,
    }
    # As the page reads it.
    text = json.dumps(report_data(**{**arguments, **options}), allow_nan=False)
    return json.loads(text)


def read(data):
    """The scores, in the type that the page's script takes."""
    return np.array(data["scores"], "float32" if data["single"] else "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_verdicts_survive_ties_and_neighbours(dtype):
    generator = np.random.default_rng(1)
    scores = generator.normal(3, 2, 500).astype(dtype)
    threshold = scores[7]
    scores[:4] = threshold
    scores[4] = np.nextafter(threshold, scores.dtype.type(np.inf))
    scores[5] = np.nextafter(threshold, scores.dtype.type(-np.inf))
    data = data_of(scores, threshold)
    assert data["single"] == (dtype == "float32")
    np.testing.assert_array_equal(read(data), scores)
    novel = (scores > threshold).tolist()
    assert [c == "1" for c in data["novel"]] == novel
    assert (read(data).astype("float64") > data["threshold"]).tolist() == novel


def test_float32_scores_are_short():
    scores = np.random.default_rng(2).normal(size=1000).astype("float32")
    text = json.dumps(data_of(scores, 0.0)["scores"], separators=(",", ":"))
    assert len(text) / len(scores) < 13


def test_given_verdicts_stand_even_against_the_scores():
    data = data_of(np.array([1.0, 2.0]), 1.5, is_novel=np.array([True, False]))
    assert data["novel"] == "10"


def test_what_json_cannot_hold_is_still_on_its_side():
    data = data_of(np.array([np.inf, -np.inf, np.nan, 1.0]), 1.5)
    assert data["scores"] == [1e300, -1e300, None, 1.0] and data["novel"] == "1000"


def test_types_and_labels_go_with_their_scores_in_a_sample():
    number = MOST_EMBEDDED + 5000
    scores = np.arange(number, dtype="float64")
    labels = np.arange(number) % 3 - 1
    names = [f"type {n % 7}" for n in range(number)]
    data = data_of(scores, 9.5, labels=labels, class_names=names)
    assert len(data["scores"]) == len(data["labels"]) == MOST_EMBEDDED
    for place in (0, 777, MOST_EMBEDDED - 1):
        index = int(data["scores"][place])
        assert data["labels"][place] == "?01"[index % 3]
        assert data["typeNames"][data["types"][place]] == f"type {index % 7}"
    assert np.all(np.diff(data["scores"]) > 0)


def test_calibration_scores_ascend():
    data = data_of(np.zeros(2), 0.5, calibration_scores=np.array([3.0, 1.0, 2.0]))
    assert data["calibration"] == [1.0, 2.0, 3.0]
