"""What is normal, what is held out, and which copy stays."""

import pytest

from keras_novnorm.datasets.one_class_split import (
    OneClassSplit,
    blocking_split,
    resolve_classes,
)
from keras_novnorm.datasets.shares import Shares


def test_novel_pictures_are_only_ever_tested_on():
    rule = OneClassSplit(("good", "fine"), has_test_split=True)
    assert not rule.wanted("bad", "train") and not rule.wanted("bad", "calibration")
    assert rule.wanted("bad", "test") and rule.own_split("bad", "test") == "test"
    assert (rule.label("good"), rule.label("fine"), rule.label("bad")) == (0, 0, 1)
    rule = OneClassSplit(("good",), has_test_split=False)
    for split in (None, "train", "calibration"):
        assert rule.wanted("bad", split) and rule.own_split("bad", split) == "test"


def test_what_the_source_holds_out_is_not_cut_again():
    rule = OneClassSplit(("good", "fine"), True, frozenset(["good"]))
    assert rule.own_split("good", "test") == "test"
    assert rule.own_split("good", "calibration") == "calibration"
    assert rule.own_split("good", "train") is None
    assert [share for _, share, _ in rule.cuts("good")] == [0, 0]
    assert [share for _, share, _ in rule.cuts("fine")] == [0, pytest.approx(1 / 6)]


def test_shares_are_of_any_unit_and_what_cannot_be_meant_is_refused():
    assert Shares.of((8, 1, 1)) == Shares.of((80, 10, 10))
    assert Shares.of((6, 2, 2)).calibration_of_rest == pytest.approx(1 / 4)
    assert Shares.of((6, 2, 2)).without_calibration().train == pytest.approx(0.8)
    for wrong in ((0, 1, 1), (1, -1, 1), (0, 0, 0), (float("nan"), 1, 1)):
        with pytest.raises(ValueError, match=f"Received: {wrong[0]:g}"):
            Shares.of(wrong)
    with pytest.raises(ValueError, match="three numbers"):
        Shares.of((1, 2))


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
