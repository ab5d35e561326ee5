"""Few pictures: exact shares, what the user says of them, and what they allow."""

import json

import numpy as np
import pytest

from novnorm import cross_calibration
from novnorm.score_table import read_table, write_table
from novnorm.training import Training
from tests.novnorm.conftest import write

SHORT = ["--preset", "digits", "--epochs", "2", "--no-report", "--no-export"]


def pictures(folder, count, first=0):
    for number in range(first, first + count):
        generator = np.random.default_rng(number)
        image = generator.integers(0, 256, (8, 8), np.uint8)
        write(folder, **{f"{number:03d}.png": image})
    return folder


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(3, "1 1 1"), (5, "3 1 1"), (12, "8 2 2"), (20, "13 3 4"), (30, "20 4 6")],
)
def test_a_plain_folder_is_split_by_exact_shares(tmp_path, understood, count, sizes):
    code, said, error = understood(pictures(tmp_path / "d", count))
    assert code == 1 and "needs 9999 normal pictures" in error
    for split, size in zip(
        ("train", "calibration", "test"), sizes.split(), strict=True
    ):
        assert f"{split + ':':<13}{size} (good {size})" in said
    # What may be done about it.
    for option in ("--shares", "--calibration DIR", "--cross-calibrate K"):
        assert option in error


def test_groups_stay_together_and_are_balanced(tmp_path, understood):
    for part in range(10):
        pictures(tmp_path / "d", 6, first=10 * part)
    _, said, _ = understood(tmp_path / "d", "--group-by", r"^(\d\d)")
    assert "test:        12 (good 12)" in said and "calibration: 6 (good 6)" in said


def test_the_user_says_the_shares(tmp_path, understood):
    folder = pictures(tmp_path / "d", 20)
    _, said, _ = understood(folder, "--shares", "50", "40", "10")
    assert "train:       10 " in said and "calibration: 8 " in said
    assert "test:        2 " in said
    _, said, _ = understood(folder, "--shares", "3", "1", "0")
    assert "calibration: 5 " in said and "test:        0 (none)" in said
    code, _, error = understood(folder, "--shares", "0", "1", "1")
    assert code == 2 and "--shares: " in error and "Received: 0 1 1" in error


@pytest.mark.parametrize("name", ["validation", "val", "Validation"])
def test_a_validation_folder_calibrates(tmp_path, understood, name):
    pictures(tmp_path / "d" / "train" / "good", 10)
    pictures(tmp_path / "d" / name / "good", 6, first=20)
    pictures(tmp_path / "d" / "test" / "good", 3, first=30)
    pictures(tmp_path / "d" / "test" / "logical_anomalies", 2, first=40)
    pictures(tmp_path / "d" / "test" / "structural_anomalies", 2, first=50)
    _, said, _ = understood(tmp_path / "d")
    assert f"{name}/CLASS (calibrates)" in said
    assert "train:       10 (good 10)" in said and "calibration: 6 (good 6)" in said
    assert "test:        7 (good 3, logical_anomalies 2, structural_" in said


def test_train_beside_val_has_its_test_normals_cut_from_train(tmp_path, understood):
    pictures(tmp_path / "d" / "train", 10)
    pictures(tmp_path / "d" / "val" / "good", 4, first=20)
    pictures(tmp_path / "d" / "val" / "bent", 3, first=30)
    _, said, _ = understood(tmp_path / "d")
    assert "normal: good" in said and "calibration: 4 (good 4)" in said
    assert (
        "train:       8 (good 8)" in said and "test:        5 (bent 3, good 2)" in said
    )


def test_normals_elsewhere_calibrate(tmp_path, understood):
    pictures(tmp_path / "d" / "OK", 10)
    pictures(tmp_path / "d" / "NG", 4, first=20)
    held_out = pictures(tmp_path / "held out", 6, first=40)
    said_so = ["--normal", "OK", "--calibration"]
    _, said, error = understood(tmp_path / "d", *said_so, held_out)
    assert f"calibrated with folder:{held_out}" in said
    assert "train:       8 (OK 8)" in said and "calibration: 6 (OK 6)" in said
    assert "test:        6 (NG 4, OK 2)" in said
    pictures(tmp_path / "two" / "OK", 3, first=60)
    pictures(tmp_path / "two" / "NG", 2, first=70)
    _, said, _ = understood(tmp_path / "d", *said_so, tmp_path / "two")
    assert "calibration: 3 (OK 3)" in said and "NG 4" in said
    (tmp_path / "two" / "OK").rename(tmp_path / "two" / "fine")
    code, _, error = understood(tmp_path / "d", *said_so, tmp_path / "two")
    assert code == 2 and "--calibration: " in error and "NG, fine" in error
    code, _, error = understood(tmp_path / "d", *said_so, tmp_path / "none")
    assert code == 1 and "There is no folder" in error


def test_both_ways_to_calibrate_are_too_many(tmp_path, understood, capsys):
    folder = pictures(tmp_path / "d", 10)
    with pytest.raises(SystemExit):
        understood(folder, "--calibration", "x", "--cross-calibrate", "3")
    assert "not allowed with" in capsys.readouterr().err
    code, _, error = understood(folder, "--cross-calibrate", "1")
    assert code == 2 and "must be 2 or more, not 1" in error
    code, _, error = understood(folder, "--shares", "1", "0", "1")
    assert code == 1 and "no normal picture to calibrate with" in error
    pictures(tmp_path / "v" / "train", 6)
    pictures(tmp_path / "v" / "val", 3, first=10)
    code, _, error = understood(tmp_path / "v", "--cross-calibrate", "2")
    assert code == 1 and "The data hold 3 normals out" in error
    code, _, error = understood(folder, "--cross-calibrate", "9")
    assert code == 1 and "as many as there are" in error and "Received: 9" in error


class Counted(Training):
    """Notes which parts are trained, and stops as it is told to."""

    names, stops_at = [], None

    def train(self):
        self.names.append(self._name)
        if self._name == self.stops_at:
            raise KeyboardInterrupt
        return super().train()


@pytest.mark.slow
def test_all_normals_train_and_calibrate_by_cross_validation(
    tmp_path, novnorm, monkeypatch
):
    monkeypatch.setattr(cross_calibration, "Training", Counted)
    monkeypatch.setattr(Counted, "stops_at", "part-1")
    out = tmp_path / "run"
    command = ["train", pictures(tmp_path / "d", 12), "--out", out, *SHORT]
    command += ["--cross-calibrate", "2"]
    assert novnorm(*command)[0] == 130
    monkeypatch.setattr(Counted, "stops_at", None)
    Counted.names.clear()
    code, said, _ = novnorm(*command)
    assert code == 0 and Counted.names == ["part-1"]
    assert "train:       10 (good 10)" in said and "calibration: 0 (none)" in said
    assert "target: 0.091 of normal pictures flagged; 10 normals calibrate, in" in said
    assert "from 10 of them by cross-validation in 2 parts" in said
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["calibration"]["num_images"] == 10
    assert record["calibration"]["folds"] == 2 and not (out / "checkpoint").exists()
    splits = [row["split"] for row in read_table(out / "pictures.csv")]
    assert (splits.count("train"), splits.count("test")) == (10, 2)
    assert "by cross-validation in 2 parts" in novnorm(*command)[1]
    # The threshold moves as with held-out normals.
    assert novnorm("calibrate", out, "--target-fpr", "0.2")[0] == 0
    assert "by cross-validation in 2 parts" in novnorm(*command)[1]


@pytest.mark.slow
def test_what_few_normals_allow_is_said_with_the_way_to_more(tmp_path, novnorm):
    out = tmp_path / "run"
    command = ["train", pictures(tmp_path / "d", 12), "--out", out, *SHORT]
    code, said, _ = novnorm(*command)
    assert code == 0
    assert "target: 0.3334 of normal pictures flagged; 2 normals are held out" in said
    assert "0.01 would need 99" in said
    assert "--cross-calibrate 5 trains on all 10 and calibrates on all of them" in said
    kinds = [
        one["kind"] for one in json.loads((out / "run.json").read_text())["advice"]
    ]
    assert kinds[:2] == ["few_normals", "cross_validation"]


@pytest.mark.slow
def test_a_run_that_goes_on_keeps_its_splits_whatever_rule_made_them(
    tmp_path, novnorm, monkeypatch
):
    out = tmp_path / "run"
    command = ["train", pictures(tmp_path / "d", 20), "--out", out, *SHORT]

    def stop(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("novnorm.training.Training.train", stop)
        assert novnorm(*command)[0] == 130
    rows = read_table(out / "pictures.csv")
    splits = [row["split"] for row in rows]
    for row, split in zip(rows, [splits[-1], *splits[:-1]], strict=True):
        row["split"] = split
    write_table(out / "pictures.csv", list(rows[0]), rows)
    assert novnorm(*command)[0] == 0
    assert read_table(out / "pictures.csv") == rows
