"""Pictures of any size and range: the pipeline sees them as the command does."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_novnorm import load_detector
from tests.end_to_end.commands import novnorm, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve bits in files of sixteen, wider than high, a bright spot on bad ones."""
    folder = tmp_path_factory.mktemp("wide")
    random = np.random.default_rng(0)
    ramp = np.linspace(800, 2800, 60)[None, :].repeat(24, axis=0)
    for kind, number in (("good", 80), ("spot", 8)):
        (folder / "parts" / kind).mkdir(parents=True)
        for index in range(number):
            picture = ramp + random.normal(0, 40, ramp.shape)
            if kind == "spot":
                picture[8:13, 30:36] = 4000
            picture = picture.clip(0, 4095).astype("uint16")
            Image.fromarray(picture).save(folder / "parts" / kind / f"{index}.png")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["pad", "tiles"])
def test_the_pipeline_resizes_and_spreads_as_the_command_does(folder, rule):
    asked = ["--resize", rule, "--value-range", "0", "4095", "--target-fpr", "0.1"]
    asked += ["--preset", "pca", "--image-size", "24", "24"]
    novnorm(folder, "train", "parts", *asked, "--yes", "--out", f"run-{rule}")
    asked += ["1"]  # the pipeline's --image-size has the channels, too
    said = run(
        folder,
        *("-m", "pipeline", "run", "--data", "folder:parts", "--root", f"root-{rule}"),
        *asked,
    )
    assert "pushed" in said
    (trained,) = (folder / f"root-{rule}").glob("calibrate/*/*/detector.keras")
    one, other = (
        load_detector(trained),
        load_detector(folder / f"run-{rule}/detector.keras"),
    )
    assert one.resize == other.resize == rule
    assert one.value_range == other.value_range is not None
    # Not equal: pictures come in another order, and other ones are left out together.
    assert one.threshold == pytest.approx(other.threshold, abs=0.1)
    record = json.loads((folder / f"run-{rule}" / "run.json").read_text())
    (metrics,) = (folder / f"root-{rule}").glob("evaluate/*/*/metrics.json")
    auroc = json.loads(metrics.read_text())["auroc"]
    assert auroc == record["metrics"]["auroc"] == 1.0
    (report,) = (folder / f"root-{rule}").glob("report/*/*/report.html")
    assert report.stat().st_size > 10_000
