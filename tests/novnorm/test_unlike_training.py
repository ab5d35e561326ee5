"""Pictures that use little of their range, or are unlike those of the training."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.export import export_saved_model
from novnorm.load_model import load_detector
from tests.novnorm.conftest import encode, write

QUICK = ("--preset", "digits", "--epochs", "2", "--target-fpr", "0.3", "--no-report")


@pytest.fixture(scope="module")
def twelve(digits):
    """The digits with 12 bits in files of 16."""
    images = digits["train"][:60, ..., 0].astype(np.uint16)
    return [
        np.minimum(image * 16 + np.uint16(n), 4095) for n, image in enumerate(images)
    ]


@pytest.fixture
def dark(twelve, tmp_path):
    return write(tmp_path / "dark", **{f"{n}.png": i for n, i in enumerate(twelve)})


def test_little_of_the_range_is_said_before_training_with_the_remedy(
    dark, understood, twelve, tmp_path
):
    _, said, error = understood(dark)
    assert "--value-range" not in error  # It stops at the target rate, asked for here.
    light = [(image.astype(int) * 16).astype(np.uint16) for image in twelve]
    folder = write(tmp_path / "l", **{f"{n}.png": i for n, i in enumerate(light)})
    assert "little of the range" not in understood(folder)[1]


@pytest.mark.slow
def test_a_value_range_travels_with_detector_and_export(
    dark, twelve, novnorm, tmp_path
):
    light = [(image * 257 // 16).clip(0, 65535) for image in map(np.int64, twelve)]
    files = {f"{n}.png": i.astype(np.uint16) for n, i in enumerate(light)}
    bright = write(tmp_path / "bright", **files)
    run, out = tmp_path / "run", tmp_path / "bright run"
    code, said, _ = novnorm("train", dark, "--out", run, *QUICK)
    assert "to 4095 of 65535 (6%)" in said
    assert "advice: The pictures use little of the range" in said
    assert said.index("--value-range 0 4095") < said.index("threshold  ")
    spread = ("--value-range", "0", "4095")
    run = tmp_path / "spread"
    code, said, _ = novnorm("train", dark, "--out", run, *QUICK, *spread)
    assert code == 0 and "values: 0 to 0.06249 of the whole range" in said
    assert "little of the range" not in said
    scores = {}
    # After so few epochs the command itself exports nothing.
    export = export_saved_model(
        load_detector(run), tmp_path / "export", allow_collapsed=True
    )
    for model in (run, export):
        code, document, _ = novnorm("score", model, dark, "--json")
        scores[model] = [one["score"] for one in json.loads(document)["pictures"]]
        assert code == 0
    np.testing.assert_allclose(*scores.values(), rtol=1e-4, atol=1e-4)
    assert "0 to 4095 of 16 bits" in novnorm("inspect", run)[1]
    # The same pictures, spread beforehand, train the same detector.
    assert novnorm("train", bright, "--out", out, *QUICK)[0] == 0
    first, second = (
        json.loads(novnorm("inspect", one, "--json")[1])["terms"] for one in (run, out)
    )
    for one, other in zip(first, second, strict=True):
        assert one["mean_on_normals"] == pytest.approx(
            other["mean_on_normals"], abs=0.2
        )


@pytest.mark.parametrize("given", [("5", "5"), ("-1", "255"), ("0", "70000")])
def test_what_is_no_range_is_refused_with_what_came(dark, novnorm, tmp_path, given):
    out = tmp_path / "never"
    code, _, error = novnorm("train", dark, "--out", out, "--value-range", *given)
    assert code == 2 and "--value-range" in error and given[1] in error


def test_each_kind_of_strange_picture_is_noted_once(
    finished, digits, novnorm, tmp_path
):
    plain = digits["test_normal"][0, ..., 0]
    coloured = np.stack([plain, plain // 2, plain * 0], axis=-1)
    dim = (plain // 16).astype(np.uint8)
    files = {
        "plain.png": plain,
        "huge.png": np.kron(plain, np.ones((10, 10), np.uint8)),
        "huge too.png": np.kron(plain, np.ones((20, 20), np.uint8)),
        "wide.png": encode(Image.fromarray(plain).resize((16, 8))),
        "coloured.png": coloured,
        "dim.png": dim,
    }
    folder, table = write(tmp_path / "new", **files), tmp_path / "s.csv"
    code, out, _ = novnorm("score", finished.folder, folder, "--csv", table)
    assert code == 0
    notes = [line for line in out.splitlines() if line.startswith("note: ")]
    assert len(notes) >= 4 and len({note.split(" in ")[1] for note in notes}) >= 1
    by_kind = {kind: [n for n in notes if f"training in {kind}" in n] for kind in KINDS}
    assert {kind: len(found) for kind, found in by_kind.items()} == KINDS
    assert "2 pictures are" in by_kind["size"][0] and "and 1 more" in by_kind["size"][0]
    with table.open(encoding="utf-8") as file:
        rows = {row["path"]: row["note"] for row in csv.DictReader(file)}
    assert rows["plain.png"] == "" and "size: " in rows["huge.png"]
    assert "proportions: 2 times as wide" in rows["wide.png"]
    assert "colour: in colour, in training grey" in rows["coloured.png"]
    assert "range: " in rows["dim.png"]
    export = finished.folder / "export" / "1"
    document = json.loads(novnorm("score", export, folder, "--json")[1])
    assert {note["kind"] for note in document["notes"]} == set(KINDS)
    assert all(row["score"] is not None for row in document["pictures"])


KINDS = {"colour": 1, "proportions": 1, "range": 1, "size": 1}
