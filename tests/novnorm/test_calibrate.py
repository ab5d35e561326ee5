"""`novnorm calibrate`, `export` and `report` on a finished run."""

import csv
import json
import shutil

import numpy as np
import pytest

from tests.novnorm.conftest import write


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the run, to be changed."""
    return shutil.copytree(finished.folder, tmp_path / "copy")


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def score(novnorm, model, parts):
    code, out, error = novnorm("score", model, parts / "scratch", "--json")
    assert code == 0, error
    return json.loads(out)


def test_the_threshold_moves_and_no_score_does(run, parts, novnorm):
    before, old = table(run / "scores.csv"), score(novnorm, run / "export" / "1", parts)
    code, out, _ = novnorm("calibrate", run, "--target-fpr", "0.5", "--json")
    document = json.loads(out)
    assert code == 0 and document["target_fpr"] == 0.5
    assert document["threshold"] < document["before"]["threshold"]
    assert document["export"].endswith("/export/2")
    after, new = table(run / "scores.csv"), score(novnorm, run / "export" / "2", parts)
    for one, other in zip(before, after, strict=True):
        assert one["score"] == other["score"] and one["p_value"] == other["p_value"]
        novel = float(other["score"]) > float(other["threshold"])
        assert other["is_novel"] == str(novel).lower()
    for one, other in zip(old["pictures"], new["pictures"], strict=True):
        assert one["score"] == other["score"] and one["p_value"] == other["p_value"]
    keras_file = score(novnorm, run, parts)
    verdicts = [picture["is_novel"] for picture in new["pictures"]]
    assert verdicts == [picture["is_novel"] for picture in keras_file["pictures"]]
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    flagged = [r["is_novel"] == "true" for r in after if r["label"] == "0"]
    assert metrics["false_positive_rate"] == pytest.approx(np.mean(flagged))
    assert metrics["threshold"] == document["threshold"]


def test_new_normals_calibrate_anew(run, digits, novnorm, tmp_path):
    images = digits["calibration"][..., 0] // 2
    folder = write(tmp_path / "new", **{f"{n}.png": i for n, i in enumerate(images)})
    out = tmp_path / "june.keras"
    code, said, _ = novnorm("calibrate", run, folder, "--out", out)
    assert code == 0 and "from 40 of them" in said and out.is_file()
    code, said, _ = novnorm("score", out, folder, "--all-normal", "--json")
    document = json.loads(said)
    # A threshold from these very pictures: at most the rate of them is above it.
    assert document["counts"]["novel"] <= 4 and document["advice"] == []


def test_too_few_normals_say_how_many_are_needed(run, digits, novnorm, tmp_path):
    write(tmp_path / "new", **{"a.png": digits["calibration"][0, ..., 0]})
    for arguments in (["--target-fpr", "0.001"], [tmp_path / "new"]):
        code, _, error = novnorm("calibrate", run, *arguments)
        assert code == 1 and ("needs 999" in error or "needs 9 " in error)
    code, _, error = novnorm("calibrate", run)
    assert code == 2 and "Say what to do" in error


@pytest.mark.slow
def test_export_takes_the_next_version_and_report_is_written_anew(
    run, novnorm, tmp_path
):
    code, out, _ = novnorm("export", run, "--json")
    assert code == 0 and json.loads(out)["version"] == 2
    code, _, error = novnorm("export", run, "--version", "1")
    assert code == 1 and "already" in error
    (run / "report.html").unlink()
    code, out, _ = novnorm("report", run)
    assert code == 0 and (run / "report.html").stat().st_size > 10_000
    code, _, error = novnorm("report", tmp_path)
    assert code == 2 and "run.json" in error


def test_an_export_is_no_detector_and_the_error_says_where_it_is(run, novnorm):
    for command in (["export"], ["calibrate", "--target-fpr", "0.3"]):
        code, _, error = novnorm(command[0], run / "export" / "1", *command[1:])
        assert code == 1 and "export for serving" in error
        assert str(run / "detector.keras") in error


def test_inspect_tells_where_data_and_calibration_came_from(run, novnorm):
    code, out, _ = novnorm("inspect", run, "--json")
    found = json.loads(out)["run"]
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert found["data_digest"] == record["data_digest"]
    _, out, _ = novnorm("inspect", run)
    assert "data digest" in out and "calibration   from folder:" in out
    assert "map threshold" in out and "extremes" in out


@pytest.mark.slow
def test_another_file_in_a_run_is_not_its_detector(run, novnorm):
    june = run / "june" / "detector-june.keras"
    code, _, error = novnorm("calibrate", run, "--target-fpr", "0.5", "--out", june)
    assert code == 0, error
    kept = {name: (run / name).read_bytes() for name in ("run.json", "scores.csv")}
    code, out, _ = novnorm("calibrate", june, "--target-fpr", "0.3", "--json")
    assert code == 0 and "scores" not in json.loads(out)
    assert {name: (run / name).read_bytes() for name in kept} == kept
    assert not (run / "export" / "2").exists()
    code, out, _ = novnorm("export", june, "--json")
    assert code == 0 and json.loads(out)["base_path"] == str(june.parent / "export")


@pytest.mark.slow
def test_what_calibrates_a_run_is_neither_trained_nor_tested_on(
    run, parts, digits, novnorm, tmp_path
):
    images = digits["calibration"][..., 0] // 2
    folder = write(tmp_path / "new", **{f"{n}.png": i for n, i in enumerate(images)})
    code, _, error = novnorm("calibrate", run, folder)
    assert code == 0, error
    code, _, error = novnorm("evaluate", run, folder)
    assert code == 1 and "40 of which the run was trained or calibrated on" in error

    splits = [row["split"] for row in table(run / "pictures.csv")]
    code, out, _ = novnorm("calibrate", run, parts, "--normal", "good")
    assert code == 0
    assert f"{splits.count('train')} left out: the run was trained on them" in out
    assert "that the run is tested on" in out


def test_a_report_without_its_pictures_is_still_written(run, novnorm):
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    record["asked"]["data"] = str(run / "moved")
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (run / "report.html").unlink()
    code, out, error = novnorm("report", run)
    assert code == 0, error
    assert "without its pictures" in out and (run / "report.html").is_file()
