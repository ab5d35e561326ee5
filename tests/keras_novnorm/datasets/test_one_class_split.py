"""Where a picture goes depends on its content alone."""

import hashlib

import pytest

from keras_novnorm.datasets.one_class_split import (
    OneClassSplit,
    blocking_split,
    resolve_classes,
)

DIGESTS = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(6000)]


def shares(rule, split):
    found = [rule.assign("good", split, digest) for digest in DIGESTS]
    return {name: found.count(name) / len(found) for name in set(found)}


def test_without_a_test_split_a_fifth_tests_and_a_sixth_of_the_rest_calibrates():
    found = shares(OneClassSplit(("good",), has_test_split=False), None)
    assert found["test"] == pytest.approx(1 / 5, abs=0.02)
    assert found["calibration"] == pytest.approx(4 / 5 / 6, abs=0.02)
    assert found["train"] == pytest.approx(4 / 5 * 5 / 6, abs=0.02)


def test_a_test_split_of_the_source_stays_whole():
    rule = OneClassSplit(("good",), has_test_split=True)
    assert shares(rule, "test") == {"test": 1.0}
    found = shares(rule, "train")
    assert set(found) == {"train", "calibration"}
    assert found["calibration"] == pytest.approx(1 / 6, abs=0.02)


def test_novel_pictures_are_only_ever_tested_on():
    rule = OneClassSplit(("good", "fine"), has_test_split=True)
    assert rule.assign("bad", "train", DIGESTS[0]) is None
    assert rule.assign("bad", "test", DIGESTS[0]) == "test"
    assert (rule.label("good"), rule.label("fine"), rule.label("bad")) == (0, 0, 1)
    rule = OneClassSplit(("good",), has_test_split=False)
    assert {rule.assign("bad", None, digest) for digest in DIGESTS} == {"test"}


def test_a_group_goes_together():
    rule = OneClassSplit(("good",), has_test_split=False)
    for group in ("part 1", "part 2", "part 3"):
        found = {rule.assign("good", None, digest, group) for digest in DIGESTS}
        assert len(found) == 1
    groups = {rule.assign("good", None, DIGESTS[0], f"part {n}") for n in range(99)}
    assert groups == {"train", "calibration", "test"}


def test_of_copies_the_most_held_out_stays():
    assert blocking_split("train", {"train"}) is None
    assert blocking_split("train", {"calibration"}) == "calibration"
    assert blocking_split("calibration", {"calibration", "test"}) == "test"
    assert blocking_split("test", {"calibration", "test"}) is None


def test_classes_by_name_by_number_and_by_default():
    names = ["T-shirt", "Trouser", "8", "good"]
    assert resolve_classes(["good", "0"], names) == ("T-shirt", "good")
    assert resolve_classes(["8"], names) == ("8",)
    assert resolve_classes([], names, ["good"]) == ("good",)
    with pytest.raises(ValueError, match="No class '9'.*1: Trouser"):
        resolve_classes(["9"], names)
    with pytest.raises(ValueError, match="--normal"):
        resolve_classes([], names)
