"""`novnorm train` on a folder as people have them."""

import csv
import json

import keras
import numpy as np
import pytest

import keras_novnorm


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_ctrl_c_says_so_and_the_same_command_goes_on(finished):
    code, out, error = finished.stopped
    assert code == 130 and out == "" and "The same command goes on" in error
    assert finished.kept == ["epoch-000040.json", "epoch-000040.weights.h5"]
    code, out, error = finished.went_on
    assert code == 0 and "goes on after epoch 40 of 60" in error
    assert len(finished.read("history.json")["metrics"]["loss"]) == 60
    # Put back is the rate that the steps started from: the recipe's.
    detector = keras.saving.load_model(finished.folder / "detector.keras")
    rate = detector.recipe["learning_rate"]
    assert float(detector.optimizer.learning_rate) == pytest.approx(rate)
    assert not (finished.folder / "checkpoint").exists()


def test_stdout_is_one_document_with_all_that_was_understood(finished):
    document = json.loads(finished.went_on[1])
    assert document == finished.read("run.json") and document["stage"] == "done"
    summary = document["summary"]
    assert summary["normal"] == ["good"] and summary["layout"] == "one folder per class"
    used = sum(sum(classes.values()) for classes in summary["splits"].values())
    assert used + len(summary["rejected"]) == summary["listed"] == 132
    assert summary["colours"] == {"grey": 125, "RGBA": 1, "16-bit grey": 1}
    assert document["chosen"]["image_shape"] == [8, 8, 3]
    assert document["metrics"]["auroc"] > 0.5 and not document["collapsed"]


def test_bad_files_are_set_aside_by_their_content_with_a_reason(finished):
    rejected = {
        row["path"]: row["reason"] for row in table(finished.folder / "rejected.csv")
    }
    assert sorted(rejected) == [
        "good/cut.jpg",
        "good/empty.png",
        "good/enormous.png",
        "good/half.jpg",
        "good/text.jpg",
    ]
    assert "400 megapixels" in rejected["good/enormous.png"]
    assert "--max-megapixels" in rejected["good/enormous.png"]
    assert "5 of 132 set aside" in finished.went_on[2]


def test_names_survive_and_copies_stay_together(finished):
    rows = {row["path"]: row for row in table(finished.folder / "pictures.csv")}
    assert {"good/größe 1.png", "good/部品#2.png", "good/e\u0301.png"} <= set(rows)
    same = [rows[f"good/same/{n}"] for n in ("a.png", "copy of a.png", "a.bmp")]
    assert len({(row["split"], row["sha256"]) for row in same}) == 1
    (group,) = finished.read("run.json")["summary"]["duplicates"]
    assert sorted(group) == sorted(row["path"] for row in same)
    assert rows["scratch/deep/0.png"]["class"] == "scratch"


def test_everything_of_a_run_is_there(finished):
    names = {path.name for path in finished.folder.iterdir()}
    assert names >= {
        "run.json",
        "pictures.csv",
        "rejected.csv",
        "detector.keras",
        "history.json",
        "metrics.json",
        "scores.csv",
        "report.html",
        "export",
        "logs",
    }
    assert (finished.folder / "export" / "1" / "saved_model.pb").is_file()
    detector = keras.saving.load_model(finished.folder / "detector.keras")
    assert isinstance(detector, keras_novnorm.NoveltyDetector)
    assert detector.is_calibrated and detector.target_fpr == 0.1


def test_each_row_of_the_scores_is_of_one_picture_and_its_verdict_follows(finished):
    rows = table(finished.folder / "scores.csv")
    held_out = {
        row["path"]: row
        for row in table(finished.folder / "pictures.csv")
        if row["split"] == "test"
    }
    assert [row["path"] for row in rows] == sorted(held_out)
    for row in rows:
        assert row["label"] == held_out[row["path"]]["label"]
        novel = float(row["score"]) > float(row["threshold"])
        assert row["is_novel"] == str(novel).lower()
    metrics = finished.read("metrics.json")
    flagged = [r["is_novel"] == "true" for r in rows if r["label"] == "0"]
    assert metrics["false_positive_rate"] == pytest.approx(np.mean(flagged))


def test_a_finished_run_says_so_and_trains_nothing(finished, parts, novnorm):
    before = (finished.folder / "detector.keras").stat().st_mtime_ns
    options = ["--preset", "digits", "--epochs", "60", "--target-fpr", "0.1"]
    code, out, error = novnorm("train", parts, "--out", finished.folder, *options)
    assert code == 0 and "finished" in error and "threshold" in out
    assert (finished.folder / "detector.keras").stat().st_mtime_ns == before


def test_another_configuration_is_refused_with_what_differs(finished, parts, novnorm):
    options = ["--preset", "digits", "--epochs", "61", "--target-fpr", "0.1"]
    code, _, error = novnorm("train", parts, "--out", finished.folder, *options)
    assert code == 1 and "epochs is 61, was 60" in error and "--out" in error
