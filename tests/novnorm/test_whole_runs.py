"""Whole runs of folders of other kinds: normals alone, several kinds of good."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.novnorm.conftest import TRAIN, write

pytestmark = pytest.mark.slow


def write_digits(folder, digit, count):
    images, classes = load_digits(return_X_y=True)
    chosen = images[classes == digit][:count]
    pixels = np.rint(chosen.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return write(folder, **{f"{n:03d}.png": image for n, image in enumerate(pixels)})


def test_of_normals_alone_comes_a_detector_that_scores_and_exports(tmp_path, novnorm):
    folder = write_digits(tmp_path / "only good", 8, 120)
    run = tmp_path / "run"
    code, said, error = novnorm("train", folder, "--out", run, *TRAIN)
    assert code == 0, error
    assert "false alarms" in said and "note: AUROC" in said
    assert "is not defined here" in said and "Add novel images" in said
    assert (run / "export" / "1" / "saved_model.pb").exists()
    assert (run / "report.html").exists()
    other = write_digits(tmp_path / "other", 1, 20)
    scores = {}
    for model in (run, run / "export" / "1"):
        code, out, error = novnorm("score", model, other, "--json")
        assert code == 0, error
        scores[model] = [one["score"] for one in json.loads(out)["pictures"]]
    np.testing.assert_allclose(*scores.values(), rtol=1e-4)
    code, out, _ = novnorm("evaluate", run, folder, "--json")
    metrics = json.loads(out)["metrics"]
    assert code == 0 and metrics["auroc"] is None
    assert 0 <= metrics["false_positive_rate"] < 0.5


def test_each_kind_of_good_has_its_false_alarms(tmp_path, novnorm):
    for name, digit in (("good_a", 3), ("good_b", 5), ("bad", 1)):
        write_digits(tmp_path / "d" / name, digit, 120)
    run = tmp_path / "run"
    kinds = ("--normal", "good_a", "good_b")
    code, out, error = novnorm("train", tmp_path / "d", "--out", run, *kinds, *TRAIN)
    assert code == 0, error
    for kind in kinds[1:]:
        assert f"  {kind}: false alarms " in out
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["auroc"] > 0.5
