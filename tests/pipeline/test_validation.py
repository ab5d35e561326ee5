"""Statistics and validation as the steps of a run."""

import json
import logging

import numpy as np
import pytest
from PIL import Image

from pipeline.novnorm_pipeline import run_pipeline
from pipeline.pipeline_error import PipelineError
from pipeline.run_config import RunConfig


@pytest.fixture
def write_blobs(tmp_path):
    """Writes pictures of a bright spot each, in two classes."""

    def write(first=0, level=1.0, size=16):
        rows, columns = np.indices((size, size))
        for number in range(first, first + 700):
            rng = np.random.default_rng(number)
            row, column, width = (
                rng.uniform(4, 12),
                rng.uniform(4, 12),
                rng.uniform(2, 4),
            )
            spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / width**2)
            pixels = (255 * level * spot).astype(np.uint8)
            folder = tmp_path / "data" / ("bad" if number % 4 == 0 else "good")
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / f"{number % 700:04d}.png")
        return tmp_path / "data"

    return write


@pytest.fixture
def validate(tmp_path, caplog):
    """Runs a folder up to its validation; returns the result and what was said."""

    def run(folder, **changes):
        caplog.clear()
        with caplog.at_level(logging.INFO, "pipeline"):
            for only in ("prepare", "statistics", "validate"):
                config = RunConfig(
                    data=f"folder:{folder}",
                    root=tmp_path / "root",
                    presets=("mnist",),
                    only=only,
                    **changes,
                )
                result = run_pipeline(config)
        return result, caplog.text

    return run


@pytest.mark.slow
def test_a_resample_passes_and_darker_pictures_do_not(write_blobs, validate):
    first, said = validate(write_blobs())
    assert "nothing to compare with" in said
    statistics = first.described.read()
    assert {n: s["count"] for n, s in statistics["splits"].items()} == (
        first.prepared.read_counts()["written"]
    )
    assert set(statistics["splits"]["test"]["classes"]) == {"bad", "good"}
    page = first.described.page.read_text()
    assert page.count("<svg") == 12 and "sharpness" in page and "http" not in page
    second, said = validate(write_blobs(first=700))
    assert "no drift from the run before" in said
    assert second.validated.read()["anomalies"] == []
    assert "No anomaly" in second.validated.report.read_text()
    with pytest.raises(
        PipelineError, match="drift of contrast: expected a Jensen"
    ) as e:
        validate(write_blobs(first=1400, level=0.8))
    assert "--on-anomaly warn" in str(e.value) and "report.txt" in str(e.value)
    warned, said = validate(write_blobs(first=2100, level=0.5), on_anomaly="warn")
    assert "warning: train, drift of brightness" in said
    kinds = {anomaly["kind"] for anomaly in warned.validated.read()["anomalies"]}
    assert "drift of brightness" in kinds and "drift of classes" not in kinds


@pytest.mark.slow
def test_a_schema_can_be_given_and_edited(write_blobs, validate, tmp_path):
    folder = write_blobs()
    described = validate(folder)[0].described
    schema = tmp_path / "schema.json"
    schema.write_text(described.schema.read_text())
    _, said = validate(folder, schema=str(schema))
    assert "as the schema expects" in said
    expected = json.loads(schema.read_text())
    expected["classes"], expected["width"] = ["good"], [20, 40]
    schema.write_text(json.dumps(expected))
    with pytest.raises(PipelineError, match="besides: bad") as caught:
        validate(folder, schema=str(schema))
    assert "train, width: expected 20 to 40; found 16 to 16" in str(caught.value)
    schema.write_text("{")
    with pytest.raises(PipelineError, match="is no JSON"):
        validate(folder, schema=str(schema))
    with pytest.raises(PipelineError, match="none.json cannot be read"):
        validate(folder, schema=str(tmp_path / "none.json"))


@pytest.mark.slow
def test_other_normal_classes_are_no_drift(write_blobs, validate):
    folder = write_blobs()
    for split in ("train", "test"):
        (folder / split).mkdir()
    (folder / "good").rename(folder / "train" / "good")
    (folder / "bad").rename(folder / "train" / "bad")
    (folder / "test" / "good").mkdir()
    Image.new("L", (16, 16)).save(folder / "test" / "good" / "0.png")
    validate(folder, normal=("good",))
    result, _ = validate(folder, normal=("bad",))
    found = result.validated.read()
    assert found["anomalies"] == []
    assert (
        "train is not compared with the run before: its classes are others (new: "
        in (" ".join(found["notes"]))
    )
