"""The method of docs/tutorials/adding_a_method.md, from its page to a served table."""

import csv
import json
import pathlib
import re

import numpy as np
import pytest
from PIL import Image

from serving.client import ScoringClient
from serving.local_server import LocalServer
from tests.end_to_end.commands import novnorm, run
from tests.waiting import PATIENCE

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "tutorials" / "adding_a_method.md"
METHOD = "pixel_gaussian:PixelGaussian"


def code_of_the_page():
    (block,) = re.findall(
        r"```python\n(# pixel_gaussian\.py\n.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    return block


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The method's file, and pictures of a ring, with a blot on the bad ones."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "pixel_gaussian.py").write_text(code_of_the_page(), encoding="utf-8")
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:48, :48]
    ring = 40 + 160 * (np.abs(np.hypot(rows - 24, columns - 24) - 15) < 5)
    for kind, number in (("good", 90), ("blot", 12)):
        (folder / "parts" / kind).mkdir(parents=True)
        for index in range(number):
            picture = ring + random.normal(0, 6, ring.shape)
            if kind == "blot":
                picture[8:14, 20:28] = 250
            picture = picture.clip(0, 255).astype("uint8")
            Image.fromarray(picture).save(folder / "parts" / kind / f"{index}.png")
    return folder


def test_the_method_is_short():
    assert len(code_of_the_page().splitlines()) <= 80


@pytest.mark.slow
def test_the_command_trains_scores_exports_and_a_server_agrees(folder):
    said = novnorm(
        folder, "train", "parts", "--method", METHOD, "--yes", "--out", "run"
    )
    assert "AUROC" in said
    record = json.loads((folder / "run" / "run.json").read_text())
    assert record["metrics"]["auroc"] == 1.0
    novnorm(folder, "score", "run", "parts/blot", "--csv", "t.csv", "--heat-maps", "h")
    with open(folder / "t.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 and all(row["is_novel"].lower() == "true" for row in rows)
    assert all("pixel_distance" in row for row in rows)
    assert len(list((folder / "h").rglob("*.png"))) == 12
    assert "pixel_gaussian" in novnorm(folder, "inspect", "run")
    base = pathlib.Path(folder / "run" / "export")
    with (
        LocalServer("own", base, patience=PATIENCE) as server,
        ScoringClient(server.target, "own") as client,
    ):
        served = client.score_files([folder / "parts" / "blot" / "0.png"])
    (own,) = (row for row in rows if row["path"] == "0.png")
    assert served[0]["score"] == pytest.approx(float(own["score"]), abs=1e-3)


@pytest.mark.slow
def test_the_pipeline_compares_it_with_the_others(folder):
    said = run(
        folder,
        *("-m", "pipeline", "run", "--data", "folder:parts", "--root", "root"),
        *("--method", METHOD, "pca", "nearest_neighbours", "--target-fpr", "0.1"),
    )
    for method in ("pixel_gaussian", "pca", "nearest_neighbours"):
        assert method in said
    assert "pushed: 3 models" in said
