"""Few normals: all of them train, and all of them calibrate."""

import json
import logging

import keras
import numpy as np
import pytest

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.record_file import iterate_records
from keras_novnorm.scoring.picture_scoring import score_normals
from pipeline.novnorm_pipeline import run_pipeline
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.run_config import RunConfig
from pipeline.transforms.fold_records import files_without, read_folds

pytestmark = pytest.mark.slow

CONFIG = dict(
    data="sklearn:digits",
    normal=("8",),
    target_fpr=0.05,
    epochs=2,
    shares=(2, 1, 9),
    cross_calibrate=3,
    allow_collapsed=True,
)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    for only in ("prepare", "statistics", "validate", "train", "calibrate"):
        result = run_pipeline(RunConfig(root=root, only=only, **CONFIG))
    return root, result


def test_each_score_is_of_a_detector_that_was_trained_without_the_picture(calibrated):
    _, result = calibrated
    one = result.one
    selection = result.prepared.select(("8",))
    assert selection.count("calibration") == 0
    files = [str(file) for file in selection.files("train")]
    found = read_folds(files, 3)
    count = selection.count("train")
    assert len(found) == count and len(one.crossed.trainings) == 3
    detector = keras.saving.load_model(str(one.calibrated.detector))
    assert int(detector.calibration.num_scores.numpy()) == count
    expected = []
    for part, training in enumerate(one.crossed.trainings):
        assert training.read_history()["pictures"] < count
        other = keras.saving.load_model(str(training.detector))
        left = [ImageExample.parse(r).image_bytes for its, r in found if its == part]
        assert training.read_history()["pictures"] + len(left) == count
        expected += score_normals(other, left)[0].tolist()
    # They are kept clear of each other, by no more than the margin of rounding.
    moved = 2 * detector.margin + 1e-4
    np.testing.assert_allclose(
        detector.calibration.kept_scores(), sorted(expected), rtol=1e-4, atol=moved
    )
    assert one.trained.read_history()["pictures"] == count
    record = json.loads(one.calibrated.calibration.read_text())
    assert record["folds"] == 3 and record["num_images"] == count


def test_nothing_is_trained_twice(calibrated, caplog):
    root, _ = calibrated
    with caplog.at_level(logging.INFO, "pipeline"):
        run_pipeline(RunConfig(root=root, only="calibrate", **CONFIG))
    assert "train part 3 of 3: up to date" in caplog.text
    assert "because" not in caplog.text


def test_what_the_normals_do_not_allow_is_said_before_the_training(calibrated):
    root, _ = calibrated
    config = CONFIG | {"target_fpr": 0.001}
    with pytest.raises(PipelineError, match="all that train.*needs 999 held-out"):
        run_pipeline(RunConfig(root=root, only="train", **config))
    config = CONFIG | {"cross_calibrate": 0}
    with pytest.raises(PipelineError, match="--cross-calibrate K takes all"):
        run_pipeline(RunConfig(root=root, **config | {"target_fpr": 0.01}))
    for wrong, message in (
        ({"since": "LAST"}, "begins anew"),
        ({"calibration": "folder:x"}, "give one of them"),
        ({"cross_calibrate": 1}, "--cross-calibrate must be 2 or more"),
    ):
        with pytest.raises(UsageError, match=message):
            run_pipeline(RunConfig(root=root, **CONFIG | wrong))


def test_a_part_is_left_out_of_the_files(calibrated):
    _, result = calibrated
    files = [str(f) for f in result.prepared.select(("8",)).files("train")]
    records = {record for _, record in read_folds(files, 4)}
    seen = []
    for part in range(4):
        with files_without(files, 4, part) as left:
            kept = {record for file in left for record in iterate_records(file)}
        seen.append(records - kept)
    assert set().union(*seen) == records and sum(map(len, seen)) == len(records)
    with files_without(files, 0, 0) as same:
        assert same == files
