"""Each command as a person gives it: in a process of its own, one after the other."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.end_to_end.commands import novnorm


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with parts and a run on them."""
    folder = tmp_path_factory.mktemp("commands")
    random = np.random.default_rng(0)
    for place, count in (("train/good", 40), ("test/good", 6), ("test/blot", 6)):
        (folder / "parts" / place).mkdir(parents=True)
        for number in range(count):
            picture = random.normal(120, 5, (16, 16))
            if "blot" in place:
                picture[4:9, 4:9] = 255
            picture = Image.fromarray(picture.clip(0, 255).astype("uint8"))
            picture.save(folder / "parts" / place / f"{number:02d}.png")
    novnorm(
        folder, "train", "parts", "--out", "run", "--method", "pca",
        "--target-fpr", "0.2", "--yes",
    )  # fmt: skip
    return folder


def test_calibrate(folder):
    said = novnorm(folder, "calibrate", "run", "--target-fpr", "0.3", "--json")
    assert json.loads(said)["target_fpr"] == 0.3
    novnorm(folder, "calibrate", "run", "--back")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["score", "run", "parts/test", "--csv", "table.csv"],
        ["evaluate", "run", "parts"],
        ["inspect", "run"],
        ["export", "run", "--base-path", "exported"],
        ["report", "run"],
    ],
    ids=lambda words: words[0],
)
def test_command(folder, words):
    novnorm(folder, *words)
