"""The whole run: its results, what it skips, what it repeats."""

import dataclasses
import json
import logging
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample, read_examples
from keras_novnorm.metrics import evaluate_scores
from pipeline.main import main
from pipeline.novnorm_pipeline import run_pipeline
from pipeline.pipeline_error import PipelineError
from pipeline.read_table import read_table
from pipeline.run_config import COMPONENTS, RunConfig


def read_scores(result):
    return read_table(result.evaluated.scores)


def read_paths(pattern):
    files = sorted(tf.io.gfile.glob(pattern))
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    return [ImageExample.parse(record).path for record in records]


@pytest.fixture
def rerun(digits_run, caplog):
    """Runs again with changes; returns the result and which components ran, why."""

    def run(**changes):
        caplog.clear()
        with caplog.at_level(logging.INFO, "pipeline"):
            result = run_pipeline(dataclasses.replace(digits_run[0], **changes))
        ran = dict(
            message.split(": runs, because ")
            for message in caplog.messages
            if ": runs, because " in message
        )
        return result, ran

    return run


def test_every_row_agrees_with_the_detector(digits_run):
    _, result = digits_run
    rows = read_scores(result)
    assert len(rows) == result.prepared.read_counts()["written"]["test"] > 1600
    detector = keras.saving.load_model(result.calibrated.detector)
    dataset = read_examples(result.prepared.test, (8, 8, 1), 256, with_labels=True)
    predicted = detector.predict(dataset.map(lambda image, label: image), verbose=0)
    labels = np.concatenate([label.numpy() for _, label in dataset])
    paths = read_paths(result.prepared.test)
    assert len(paths) == len(labels)
    by_path = {row["path"]: row for row in rows}
    found = [by_path[path] for path in paths]
    scores = np.array([float(row["score"]) for row in found])
    np.testing.assert_allclose(scores, predicted["score"], rtol=1e-4, atol=1e-4)
    assert [int(row["label"]) for row in found] == labels.tolist()
    metrics = evaluate_scores(labels, predicted["score"], predicted["is_novel"])
    assert result.summary["results"]["auroc"] == pytest.approx(metrics["auroc"], 1e-6)
    assert metrics["auroc"] > 0.8


def test_the_verdict_is_score_above_threshold_in_every_row(digits_run):
    _, result = digits_run
    rows = read_scores(result)
    assert list(rows[0])[:4] == ["path", "class_name", "label", "score"]
    assert list(rows[0])[-3:] == ["p_value", "threshold", "is_novel"]
    for row in rows:
        above = float(row["score"]) > float(row["threshold"])
        assert row["is_novel"] == str(above)
        assert row["label"] == str(int(row["class_name"] != "8"))
    assert {row["is_novel"] for row in rows} == {"True", "False"}


def test_the_summary_names_what_is_there(digits_run):
    config, result = digits_run
    summary = json.loads((config.root / "run.json").read_text(encoding="utf-8"))
    assert summary == result.summary
    assert "pixel_auroc" not in summary["results"]  # There are no masks.
    for name in ("detector", "scores", "metrics", "history", "rejected", "counts"):
        assert tf.io.gfile.exists(summary[name])
    assert summary["export"] == str(config.root / "serving" / "digits8" / "1")
    history = json.loads(result.trained.history.read_text())
    assert (history["restarts"], history["collapse_signs"]) == (0, [])
    assert history["is_collapsed"] is False and len(history["metrics"]["loss"]) == 20


def test_the_second_run_does_nothing(rerun, digits_run):
    result, ran = rerun()
    assert ran == {} and result.summary == digits_run[1].summary


def test_another_threshold_and_seed_run_only_what_they_must(rerun):
    _, ran = rerun(target_fpr=0.1)
    assert list(ran) == ["calibrate", "export", "evaluate", "report"]
    assert ran["calibrate"] == "target_fpr changed from 0.05 to 0.1"
    result, ran = rerun(seed=1, epochs=1, only="train")
    assert list(ran) == ["train"] and "seed changed from 0 to 1" in ran["train"]
    assert result.summary is None and result.calibrated is None
    with pytest.raises(PipelineError, match="calibrate would have to run first"):
        rerun(seed=1, epochs=1, only="export")


def test_a_collapsed_training_is_said_and_not_published(rerun, digits_run):
    with pytest.raises(PipelineError, match="export: .*collapsed.*--allow-collapsed"):
        rerun(seed=1, epochs=1)
    assert not list((digits_run[0].root / "serving" / "digits8").glob("[.]*"))


def test_a_version_that_was_removed_is_exported_again(rerun, digits_run):
    exported = digits_run[1].exported.saved_model
    shutil.rmtree(exported)
    result, ran = rerun()
    assert list(ran) == ["export"] and "was removed" in ran["export"]
    assert (result.exported.saved_model / "saved_model.pb").exists()


def test_too_few_normals_are_told_before_training(rerun, digits_run):
    with pytest.raises(PipelineError, match="needs 999 held-out") as caught:
        rerun(target_fpr=0.001)
    assert "raise --target-fpr to" in str(caught.value)


def test_the_command_answers_with_exit_codes(tmp_path, digits_run, capsys):
    root = str(digits_run[0].root)
    again = ["run", "--data", "sklearn:digits", "--normal", "8", "--root", root]
    assert main([*again, "--target-fpr", "0.05", "--epochs", "20"]) == 0
    said = capsys.readouterr().out
    assert said.count("up to date") == len(COMPONENTS) - said.count("export: runs")
    assert "AUROC" in said and "false alarms on test normals" in said
    assert main([*again, "--runner=DaskRunner"]) == 2
    assert main([*again, "--target-fpr", "2"]) == 2
    nowhere = ["run", "--data", f"folder:{tmp_path}", "--root", str(tmp_path / "r")]
    assert main([*nowhere, "--preset", "mnist"]) == 1
    error = capsys.readouterr().err
    assert "error: No picture below" in error and "Traceback" not in error
    assert main(nowhere) == 2
    assert "--preset" in capsys.readouterr().err


def test_a_name_that_leads_elsewhere_is_refused():
    with pytest.raises(PipelineError, match="received '../up'"):
        run_pipeline(RunConfig("sklearn:digits", "root", ("8",), name="../up"))
