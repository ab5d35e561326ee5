"""Detectors go on from the last training of their own, and from no other detector."""

import dataclasses
import json
import logging

import pytest

from pipeline.component import NOTHING
from pipeline.components.prepare.component import PrepareOutputs
from pipeline.detectors import Detector
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.run_config import LAST, RunConfig
from pipeline.runs.learned import Learned

DETECTORS = [Detector(name, (name,), "digits", 0, name) for name in "ab"]
FIRST, SECOND = DETECTORS
NOW = PrepareOutputs("now")


@pytest.fixture
def leave_run(root):
    """Leaves what a run leaves that trained these detectors, and not those."""

    def write(name, trained=(), failed=(), config=None, collapsed=False):
        def entry(one, training):
            return {
                "name": one,
                "preset": "digits",
                "normal": [one],
                "training": training,
                "evaluation_set": f"prepare/{name}/x",
            }

        for one in trained:
            folder = root / "train" / f"{name}{one}" / "x"
            (folder / "detector.keras").write_text("trained")
            (folder / "history.json").write_text(
                json.dumps({"is_collapsed": collapsed})
            )
        (root / "prepare" / name / "x" / "counts.json").write_text("{}")
        done = [
            entry(one, {"directory": f"train/{name}{one}/x", "digest": name + one})
            for one in trained
        ]
        record = {
            "name": name,
            "config": config or {},
            "summary": {
                "prepared": f"prepare/{name}/x",
                "evaluation_set": f"prepare/{name}/x",
                "detectors": [*done, *(entry(one, None) for one in failed)],
            },
        }
        if not trained and not failed:
            record["summary"] = None
        (root / "runs" / f"{name}.json").write_text(json.dumps(record))

    return write


def test_last_is_the_last_training_of_each_detector(root, leave_run):
    leave_run("1", trained="a")
    leave_run("2", trained="b", failed="a")
    leave_run("3", failed="ab")
    learned = Learned(root, LAST, DETECTORS)
    assert learned.training(FIRST).digest == "1a"
    assert learned.training(SECOND).directory == root / "train" / "2b" / "x"
    assert learned.evaluation_set(FIRST, NOW).directory == root / "prepare" / "1" / "x"
    assert learned.evaluation_set(SECOND, NOW).directory == root / "prepare/2/x"


def test_a_detector_that_nobody_trained_begins_anew_and_this_is_said(
    root, leave_run, caplog
):
    leave_run("1", trained="a", failed="b")
    learned = Learned(root, LAST, DETECTORS)
    assert learned.training(SECOND) is NOTHING
    with caplog.at_level(logging.INFO, "pipeline"):
        assert learned.evaluation_set(SECOND, NOW) is NOW
    said = "train b: begins anew, as no run has a training of b to go on from"
    assert caplog.messages == [said]
    assert learned.training(FIRST).digest == "1a"
    assert Learned(root / "empty", LAST, DETECTORS).training(FIRST) is NOTHING
    assert Learned(root, None, DETECTORS).training(FIRST) is NOTHING


def test_last_passes_over_what_collapsed(root, leave_run):
    leave_run("1", trained="a")
    leave_run("2", trained="a", collapsed=True)
    assert Learned(root, LAST, DETECTORS).training(FIRST).digest == "1a"
    assert Learned(root, "2", DETECTORS).training(FIRST).digest == "2a"


def test_last_passes_over_what_was_deleted(root, leave_run):
    leave_run("1", trained="a")
    leave_run("2", trained="a")
    (root / "train" / "2a").delete()
    assert Learned(root, LAST, DETECTORS).training(FIRST).digest == "1a"
    with pytest.raises(PipelineError, match="training of a that run 2 .* is gone"):
        Learned(root, "2", DETECTORS).training(FIRST)
    (root / "prepare" / "1").delete()
    with pytest.raises(PipelineError, match="evaluation set of run 1 is gone"):
        Learned(root, LAST, DETECTORS).evaluation_set(FIRST, NOW)


def test_a_run_that_is_named_must_have_the_training(root, leave_run):
    leave_run("1", trained="a")
    leave_run("2")
    with pytest.raises(PipelineError, match="Run 1 has no trained detector 'b'"):
        Learned(root, "1", DETECTORS).training(SECOND)
    with pytest.raises(UsageError, match="Run 2 came to no results"):
        Learned(root, "2", DETECTORS)
    with pytest.raises(UsageError, match="No one run '3'"):
        Learned(root, "3", DETECTORS)


@pytest.mark.parametrize(
    ("detector", "config", "said"),
    [
        ({"preset": "mnist"}, {}, "--preset was digits and is mnist"),
        ({"normal_classes": ("3",)}, {}, "--normal was a and is 3"),
        ({}, {"image_shape": (16, 16, 1)}, "--image-size was 8 8 1 and is 16 16 1"),
        (
            {},
            {"precision": "mixed_float16"},
            "--precision was float32 and is mixed_float16",
        ),
    ],
)
def test_another_detector_is_refused_by_what_differs(
    root, leave_run, detector, config, said
):
    leave_run("1", trained="a", config={"image_shape": None, "precision": "float32"})
    now = [dataclasses.replace(FIRST, **detector)]
    learned = Learned(root, LAST, now)
    with pytest.raises(UsageError, match="a cannot go on from run 1: ") as caught:
        learned.check(now, RunConfig("sklearn:digits", root, **config))
    assert said in str(caught.value)
    # The preset's own size, given in full, is the same one.
    same = RunConfig("sklearn:digits", root, image_shape=(8, 8, 1))
    learned.check(DETECTORS, same)


def test_the_pictures_of_what_is_gone_on_from_keep_their_splits(root, leave_run):
    leave_run("1", trained="ab")
    leave_run("2", trained="a")
    found = Learned(root, LAST, DETECTORS).prepared()
    assert [str(one.directory) for one in found] == [
        str(root / "prepare" / name / "x") for name in "12"
    ]
    assert Learned(root, None, DETECTORS).prepared() == ()
    (root / "prepare" / "2" / "x" / "counts.json").delete()
    with pytest.raises(PipelineError, match="pictures of run 2 are gone: .*--since"):
        Learned(root, LAST, DETECTORS).prepared()
