"""The shipped client against the real server, as a library and as a command."""

import csv
import json
import subprocess
import sys

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
)

from serving import client, client_messages
from serving.client import ScoringClient, ScoringError

STOCK = {
    "PredictRequest": predict_pb2.PredictRequest,
    "PredictResponse": predict_pb2.PredictResponse,
    "MetadataRequest": get_model_metadata_pb2.GetModelMetadataRequest,
    "MetadataResponse": get_model_metadata_pb2.GetModelMetadataResponse,
    "SignatureDefMap": get_model_metadata_pb2.SignatureDefMap,
    "StatusRequest": get_model_status_pb2.GetModelStatusRequest,
    "StatusResponse": get_model_status_pb2.GetModelStatusResponse,
}


def picture(level, form="png"):
    image = np.full((20, 30, 3), level, np.uint8)
    return getattr(tf.io, f"encode_{form}")(image).numpy()


@pytest.fixture
def pictures(tmp_path):
    """Folder with three good pictures, two bad ones, and a file that is none."""
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    (folder / "a.png").write_bytes(picture(10))
    (folder / "b.JPG").write_bytes(picture(200, "jpeg"))
    (folder / "deeper" / "c ä.Jpeg").write_bytes(picture(120, "jpeg"))
    (folder / "cut.jpg").write_bytes(picture(50, "jpeg")[:200])
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def scoring(detector):
    with ScoringClient(detector.target, "detector", batch_size=4) as scoring:
        yield scoring


def assert_part_of(mine, stock):
    """Every field of one message is in the other, with the same form on the wire."""
    for field in mine.fields:
        other = stock.fields_by_name[field.name]
        assert field.number == other.number, field.full_name
        assert field.is_repeated == other.is_repeated, field.full_name
        assert field.is_packed == other.is_packed, field.full_name
        if field.message_type:
            assert_part_of(field.message_type, other.message_type)
        else:
            kind = field.TYPE_INT32 if other.type == field.TYPE_ENUM else other.type
            assert field.type == kind, field.full_name


@pytest.mark.parametrize("name", STOCK)
def test_messages_are_the_stock_ones_on_the_wire(name):
    mine = getattr(client_messages, name)
    assert_part_of(mine.DESCRIPTOR, STOCK[name].DESCRIPTOR)


def test_client_does_not_import_tensorflow():
    code = "import sys, serving.client; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_score_bytes_keeps_order_over_batches(scoring):
    levels = list(range(5, 250, 5))
    rows = scoring.score_bytes(picture(level) for level in levels)
    scores = [row["score"] for row in rows]
    assert len(rows) == len(levels) and scores == sorted(scores)
    assert all(row["error"] is None and row["file"] is None for row in rows)
    assert all(row["is_novel"] == (row["score"] > row["threshold"]) for row in rows)
    assert {row["is_novel"] for row in rows} == {True, False}


def test_score_images_agrees_with_score_bytes(scoring):
    images = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), np.uint8)
    by_pixels = scoring.score_images(images)
    by_bytes = scoring.score_bytes(tf.io.encode_png(i).numpy() for i in images)
    for one, other in zip(by_pixels, by_bytes, strict=True):
        assert one["score"] == pytest.approx(other["score"], rel=1e-5)
    assert scoring.score_images(images[:0]) == []
    assert scoring.score_bytes([]) == []


def test_score_images_refuses_what_is_no_uint8_batch(scoring):
    with pytest.raises(ValueError, match=r"float64 \[1, 8, 8, 3\]"):
        scoring.score_images(np.zeros((1, 8, 8, 3)))
    with pytest.raises(ScoringError, match=r"received images: uint8 \[1,9,8,3\]"):
        scoring.score_images(np.zeros((1, 9, 8, 3), np.uint8))


def test_one_bad_picture_does_not_lose_the_good_ones(scoring, pictures):
    rows = scoring.score_files([str(pictures), str(pictures / "gone.png")])
    errors = {row["file"].rsplit("/")[-1]: row["error"] for row in rows}
    assert list(errors) == [
        *("a.png", "b.JPG", "cut.jpg", "empty.png", "c ä.Jpeg", "gone.png")
    ]
    assert [name for name, error in errors.items() if error is None] == [
        *("a.png", "b.JPG", "c ä.Jpeg")
    ]
    assert "empty" in errors["empty.png"]
    assert "cannot be read: No such file" in errors["gone.png"]


def test_metadata_and_status(scoring):
    assert scoring.status() == [{"version": 1, "state": "AVAILABLE", "error": ""}]
    metadata = scoring.metadata()
    assert metadata["version"] == 1
    default = metadata["signatures"]["serving_default"]
    assert default["inputs"] == {"images": {"dtype": "uint8", "shape": [None, 8, 8, 3]}}
    assert default["outputs"]["is_novel"] == {"dtype": "bool", "shape": [None]}


def test_what_ends_all_scoring_is_raised(detector):
    with ScoringClient(detector.target, "nowhere") as scoring:
        with pytest.raises(ScoringError, match=r"Latest\(nowhere\)") as caught:
            scoring.score_bytes([picture(1)])
        assert caught.value.code is grpc.StatusCode.NOT_FOUND
    with (
        ScoringClient(detector.target, "detector", version=7) as scoring,
        pytest.raises(ScoringError, match=r"Specific\(detector, 7\)"),
    ):
        scoring.score_bytes([picture(1)])
    with ScoringClient("127.0.0.1:1", "m", retries=1) as scoring:
        with pytest.raises(ScoringError) as caught:
            scoring.status()
        assert caught.value.code is grpc.StatusCode.UNAVAILABLE


def run(detector, *arguments):
    return client.main(["--target", detector.target, "--model=detector", *arguments])


def test_command_writes_csv(detector, pictures, tmp_path, capsys):
    path = tmp_path / "scores.csv"
    assert run(detector, "--csv", str(path), str(pictures)) == 1
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 5 and text.count("\n") == 6
    header = text.splitlines()[0].split(",")
    assert header[:5] == ["file", "score", "threshold", "is_novel", "p_value"]
    assert header[-1] == "error"
    good = [row for row in rows if not row["error"]]
    assert len(good) == 3
    for row in good:
        novel = float(row["score"]) > float(row["threshold"])
        assert row["is_novel"] == str(novel)
    errors = capsys.readouterr().err
    assert "2 of 5 could not be scored" in errors
    assert "1 files in folders are no pictures" in errors


def test_command_prints_table_and_json(detector, pictures, capsys):
    good = [str(pictures / "a.png"), str(pictures / "b.JPG")]
    assert run(detector, "--json", *good) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["is_novel"] for row in rows] == [False, True]
    detector_client = [sys.executable, "-m", "serving.client"]
    done = subprocess.run(
        [*detector_client, "--target", detector.target, "--model=detector", *good],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:4] == ["file", "score", "threshold", "is_novel"]
    assert lines[2].split()[:2] == [good[1], f"{rows[1]['score']:.6g}"]


def test_command_without_anything_to_score(detector, tmp_path, capsys):
    assert run(detector, str(tmp_path)) == 2
    assert "no picture found" in capsys.readouterr().err
    (tmp_path / "a.png").write_bytes(picture(1))
    arguments = ["--target", detector.target, "--model=nowhere", str(tmp_path)]
    assert client.main(arguments) == 2
    assert "NOT_FOUND: Servable not found" in capsys.readouterr().err
