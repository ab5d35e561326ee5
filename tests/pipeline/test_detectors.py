"""Which detectors a run makes, and under which names."""

import pytest

from pipeline.detectors import plan_detectors
from pipeline.pipeline_error import UsageError


def names(*arguments):
    return [one.name for one in plan_detectors(*arguments)]


def test_one_detector_has_the_name_alone():
    (one,) = plan_detectors("mnist", ("3", "5"), False, ("mnist",), (0,))
    assert (one.name, one.normal_classes, one.label) == ("mnist", ("3", "5"), "")


def test_names_tell_what_differs():
    found = names("m", ("3", "5"), True, ("mnist", "mnist_plus"), (0, 1))
    assert found[0] == "m-3-mnist-seed0" and found[-1] == "m-5-mnist_plus-seed1"
    assert len(set(found)) == 8
    assert names("m", ("3", "5"), True, ("mnist",), (7,)) == ["m-3", "m-5"]
    assert names("m", ("3",), True, ("mnist",), (0, 1)) == ["m-seed0", "m-seed1"]


def test_names_are_parts_of_paths_whatever_the_classes():
    (first, second) = names("m", ("größe 1", "a/b"), True, ("mnist",), (0,))
    assert first == "m-gr_C3_B6_C3_9Fe_1" and second == "m-a_2Fb"


def test_names_that_meet_are_refused():
    with pytest.raises(UsageError, match="the name m-seed0"):
        names("m", ("3",), False, ("mnist",), (0, 0))
