"""The whole run: its results, what it skips, what it repeats."""

import dataclasses
import json
import logging

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
from pipeline.runs.run_record import read_runs
from pipeline.serving_folder import ServingFolder
from pipeline.storage import StoragePath

AFTER_TRAINING = list(COMPONENTS[COMPONENTS.index("calibrate") :])


def read_paths(files):
    records = tf.data.TFRecordDataset([str(f) for f in files]).as_numpy_iterator()
    examples = [ImageExample.parse(record) for record in records]
    return [example.path for example in examples], [e.class_name for e in examples]


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
    rows = read_table(result.one.evaluated.scores)
    selection = result.prepared.select(("8",))
    files = selection.files("test")
    assert len(rows) == selection.count("test") > 1600
    detector = keras.saving.load_model(str(result.one.calibrated.detector))
    dataset = read_examples([str(file) for file in files], (8, 8, 1), 256)
    predicted = detector.predict(dataset, verbose=0)
    paths, classes = read_paths(files)
    labels = np.array([int(name != "8") for name in classes])
    by_path = {row["path"]: row for row in rows}
    found = [by_path[path] for path in paths]
    scores = np.array([float(row["score"]) for row in found])
    np.testing.assert_allclose(scores, predicted["score"], rtol=1e-4, atol=1e-4)
    assert [int(row["label"]) for row in found] == labels.tolist()
    metrics = evaluate_scores(labels, predicted["score"], predicted["is_novel"])
    (one,) = result.summary["detectors"]
    assert one["results"]["auroc"] == pytest.approx(metrics["auroc"], 1e-6)
    assert metrics["auroc"] > 0.8


def test_the_verdict_is_score_above_threshold_in_every_row(digits_run):
    rows = read_table(digits_run[1].one.evaluated.scores)
    assert list(rows[0])[:4] == ["path", "class_name", "label", "score"]
    assert {"p_value", "threshold", "is_novel"} <= set(rows[0])
    for row in rows:
        above = float(row["score"]) > float(row["threshold"])
        assert row["is_novel"] == str(above)
        assert row["label"] == str(int(row["class_name"] != "8"))
    assert {row["is_novel"] for row in rows} == {"True", "False"}


def test_the_summary_names_what_is_there(digits_run):
    config, result = digits_run
    summary = json.loads((config.root / "run.json").read_text(encoding="utf-8"))
    assert summary == result.summary
    (one,) = summary["detectors"]
    assert "pixel_auroc" not in one["results"]  # There are no masks.
    for name in ("detector", "scores", "metrics", "history", "blessing", "check"):
        assert StoragePath(one[name]).exists()
    for name in ("counts", "rejected", "models_config"):
        assert StoragePath(summary[name]).exists()
    assert one["export"] == str(config.root / "serving" / "digits8" / "1")
    assert one["pushed"]["version"] == 1 and one["blessed"] is True
    history = result.one.trained.read_history()
    assert (history["restarts"], history["collapse_signs"]) == (0, [])
    assert history["is_collapsed"] is False and len(history["metrics"]["loss"]) == 20


def test_the_pushed_model_has_a_card_and_is_the_exported_one(digits_run):
    result = digits_run[1].one
    pushed = StoragePath(result.pushed.read_record()["path"])
    card = json.loads((pushed / "assets.extra" / "model_card.json").read_text())
    assert card["threshold"] and card["blessing"]["blessed"] is True
    assert card["check"]["largest_difference"] < 1e-3
    content = (pushed / "saved_model.pb").read_bytes()
    assert content == (result.exported.saved_model / "saved_model.pb").read_bytes()


def test_the_second_run_does_nothing(rerun, digits_run):
    result, ran = rerun()
    before = {**digits_run[1].summary, "run": result.run}
    assert ran == {} and result.summary == before


@pytest.mark.slow
def test_another_threshold_and_seed_run_only_what_they_must(rerun):
    result, ran = rerun(target_fpr=0.1)
    assert list(ran) == AFTER_TRAINING
    assert ran["calibrate"] == "target_fpr changed from 0.05 to 0.1"
    assert result.one.pushed.read_record()["version"] >= 2
    # The model of before is not the one that is serving: it is published again.
    result, ran = rerun()
    assert list(ran) == ["push"] and "serves another model" in ran["push"]
    assert result.one.pushed.read_record()["version"] >= 3
    result, ran = rerun(seeds=(1,), epochs=1, only="train")
    assert list(ran) == ["train"] and "seed changed from 0 to 1" in ran["train"]
    assert result.summary is None and result.one.calibrated is None
    with pytest.raises(PipelineError, match="calibrate would have to run first"):
        rerun(seeds=(1,), epochs=1, only="export")


@pytest.mark.slow
def test_a_collapsed_training_is_said_and_not_published(rerun, digits_run):
    before = sorted((digits_run[0].root / "serving" / "digits8").iterdir())
    with pytest.raises(PipelineError, match=r"export: .*collapsed.*--allow-collapsed"):
        rerun(seeds=(1,), epochs=1)
    assert sorted((digits_run[0].root / "serving" / "digits8").iterdir()) == before


def test_too_few_normals_are_told_before_training(rerun, digits_run):
    with pytest.raises(PipelineError, match="needs 999 held-out") as caught:
        rerun(target_fpr=0.001)
    assert "raise --target-fpr to" in str(caught.value)


@pytest.mark.slow
def test_a_model_below_the_bar_is_not_pushed_and_the_last_line_says_so(
    digits_run, capsys
):
    root = str(digits_run[0].root)
    again = ["run", "--data", "sklearn:digits", "--normal", "8", "--root", root]
    again += ["--target-fpr", "0.05", "--epochs", "20"]
    assert main([*again, "--bar", "auroc>=0.9999"]) == 3
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("not pushed: digits8: ") and "0.9999" in last
    assert "is still serving" in last


def test_the_command_answers_with_exit_codes(tmp_path, digits_run, capsys):
    root = str(digits_run[0].root)
    again = ["run", "--data", "sklearn:digits", "--normal", "8", "--root", root]
    assert main([*again, "--target-fpr", "0.05", "--epochs", "20"]) == 0
    said = capsys.readouterr().out
    assert said.count("up to date") == len(COMPONENTS)
    assert "AUROC" in said and "false alarms on test normals" in said
    assert said.strip().splitlines()[-1].startswith("pushed: version ")
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


def test_a_published_version_that_was_removed_is_published_again(rerun, digits_run):
    result, _ = rerun()
    pushed = StoragePath(result.one.pushed.read_record()["path"])
    pushed.parent.delete()
    result, ran = rerun()
    assert list(ran) == ["push"] and "was removed" in ran["push"]
    again = StoragePath(result.one.pushed.read_record()["path"])
    assert again != pushed and (again / "saved_model.pb").exists()


@pytest.fixture
def other_model_serves(digits_run):
    """Publishes another model beside the run's; afterwards the run's is back."""
    config, result = digits_run
    folder = ServingFolder(config.root / "serving", "digits8")
    own = folder.newest()["version"]
    folder.publish(result.one.exported.saved_model, {"export": "another"})
    yield folder
    folder.roll_back(own)


def test_a_model_that_is_not_the_one_serving_is_published_again(
    rerun, other_model_serves
):
    result, ran = rerun()
    assert list(ran) == ["push"] and "serves another model" in ran["push"]
    (one,) = result.summary["detectors"]
    newest = other_model_serves.versions()[-1]
    assert one["pushed"]["version"] == one["serving_version"] == newest
    again, ran = rerun()
    assert ran == {}
    assert again.summary["detectors"][0]["pushed"] == one["pushed"]


def test_a_model_that_servers_were_taken_back_from_stays_unpublished(
    digits_run, other_model_serves, capsys
):
    folder, root = other_model_serves, str(digits_run[0].root)
    own, other = folder.versions()[-2:]
    folder.roll_back(own)
    made = folder.roll_back(other)[1]
    again = ["run", "--data", "sklearn:digits", "--normal", "8", "--root", root]
    again += ["--target-fpr", "0.05", "--epochs", "20"]
    for only in ([], ["--only", "push"]):
        assert main([*again, *only]) == 3
        last = capsys.readouterr().out.strip().splitlines()[-1]
        assert last.startswith("not pushed: digits8: It was version ")
        assert f"version {made}, a rollback to version {other}, stays" in last
        assert last.endswith(f"(version {made} is still serving)")
    assert main([*again, "--only", "report"]) == 0
    # A rollback to the model gives it a new number, which is what is told.
    made = folder.roll_back(own)[1]
    capsys.readouterr()
    assert main(again) == 0
    assert capsys.readouterr().out.strip().endswith(f"pushed: version {made}")


@pytest.mark.parametrize(("only", "word"), [("bless", "blessed"), ("push", "pushed")])
def test_one_component_alone_says_that_a_model_is_not_blessed(
    digits_run, capsys, only, word
):
    root = str(digits_run[0].root)
    again = ["run", "--data", "sklearn:digits", "--normal", "8", "--root", root]
    again += ["--target-fpr", "0.05", "--epochs", "20", "--bar", "auroc>=0.9999"]
    assert main([*again, "--only", "bless"]) == 3
    capsys.readouterr()
    assert main([*again, "--only", only]) == 3
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith(f"not {word}: digits8: ") and "0.9999" in last
    assert read_runs(StoragePath(root))[-1].status == "not pushed"


@pytest.fixture
def blessed_before(digits_run):
    """Makes the ledger say that another model was blessed before the run's."""
    file = digits_run[0].root / "blessed" / "digits8.json"
    entries = json.loads(file.read_text(encoding="utf-8"))

    def write(directory):
        before = {"directory": directory, "digest": "another", "run": "20260101"}
        file.write_text(json.dumps([before, *entries]))

    yield write
    file.write_text(json.dumps(entries))


@pytest.mark.slow
def test_a_root_that_was_moved_knows_its_last_blessed_model(
    rerun, digits_run, blessed_before
):
    file = digits_run[0].root / "blessed" / "digits8.json"
    one = json.loads(file.read_text(encoding="utf-8"))[0]
    assert one["directory"] == digits_run[1].one.exported.directory.relative_to(
        digits_run[0].root
    )
    blessed_before(f"/another/mount/digits8/{one['directory']}")
    result, _ = rerun(only="bless")
    assert any("AUROC changed by +0.0000" in r for r in result.one.blessed.reasons)


def test_a_last_blessed_model_that_is_gone_is_named(rerun, blessed_before):
    blessed_before("export/0123456789abcdef/01234567")
    result, ran = rerun(only="bless")
    assert list(ran) == ["bless"]
    assert any("of run 20260101, is not in" in r for r in result.one.blessed.reasons)
    result, _ = rerun(only="bless", strict=True)
    assert not result.is_passed("bless")
