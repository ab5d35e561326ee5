"""The client as a library, against the real server."""

import io
import subprocess
import sys

import grpc
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from serving.client import ScoringClient, ScoringError, tensors
from serving.client.connection import Connection
from tests.serving.server_process import ServerProcess

FIRST_SCORE = """
import sys, time
start = time.process_time()
from serving.client import ScoringClient
with ScoringClient(sys.argv[1], "detector") as client:
    row, = client.score(sys.argv[2])
assert row["error"] is None
assert "tensorflow" not in sys.modules and "matplotlib" not in sys.modules
print(time.process_time() - start)
"""


def test_first_score_needs_no_tensorflow_and_little_time(detector, pictures):
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SCORE, detector.target, pictures / "a.png"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Time of the processor, not of the clock: other tests may run beside.
    assert float(done.stdout) < 3.0


def test_score_bytes_keeps_order_over_batches(scoring, picture):
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


def test_what_is_no_picture_is_refused(scoring):
    with pytest.raises(ValueError, match=r"float64 \[1, 8, 8, 3\]"):
        scoring.score_images(np.zeros((1, 8, 8, 3)))
    with pytest.raises(ValueError, match=r"uint8 \[8, 8, 5\]"):
        scoring.score_images([np.zeros((8, 8, 5), np.uint8)])
    with pytest.raises(TypeError, match="received int"):
        scoring.score([7])


def test_arrays_of_any_size_are_scored_as_their_files_are(scoring):
    random = np.random.default_rng(1)
    shapes = [(8, 8, 3), (9, 8, 3), (30, 20, 3), (30, 20, 1), (8, 8)]
    images = [random.integers(0, 256, shape, np.uint8) for shape in shapes]
    rows = scoring.score_images(images)
    files = scoring.score_bytes(
        tf.io.encode_png(image if image.ndim == 3 else image[..., None]).numpy()
        for image in images
    )
    for row, file in zip(rows, files, strict=True):
        assert row["score"] == pytest.approx(file["score"], rel=1e-5)
    transparent = np.concatenate([images[1], np.zeros((9, 8, 1), np.uint8)], axis=2)
    (row,) = scoring.score(transparent)
    assert row["score"] == pytest.approx(rows[1]["score"], rel=1e-5)


def test_score_takes_a_mixture(scoring, pictures, picture):
    given = [pictures / "a.png", np.full((8, 8, 3), 50, np.uint8), picture(90)]
    rows = scoring.score(given)
    assert [round(row["score"]) for row in rows] == [8, 42, 76]
    assert [row["file"] for row in rows] == [str(pictures / "a.png"), None, None]
    (row,) = scoring.score(given[0])
    assert row == rows[0]


def test_rows_come_while_pictures_are_still_being_read(scoring, picture):
    read = []

    def endless():
        while True:
            read.append(1)
            yield picture(3)

    rows = scoring.score_each(endless())
    assert next(rows)["error"] is None
    # batch size 4, 4 in flight and one behind them
    assert len(read) <= 4 * 6
    rows.close()


def test_what_the_graph_reads_wrongly_is_sent_as_png(scoring):
    image = np.zeros((16, 16, 3), np.uint8)
    image[:8] = 200
    file = io.BytesIO()
    Image.fromarray(image).save(file, "TIFF")
    tiff, png = file.getvalue(), tf.io.encode_png(image).numpy()
    rows = scoring.score([png, tiff])
    assert rows[0]["score"] == rows[1]["score"]
    assert [row["note"] for row in rows] == [None, "sent as PNG: TIFF"]


def test_maps_come_with_the_scores(scoring, picture):
    image = np.random.default_rng(2).integers(0, 256, (8, 8, 3), np.uint8)
    rows = scoring.score([image, b"GIF89a broken", picture(30)], maps=True)
    assert rows[0]["anomaly_map"].shape == (8, 8)
    assert rows[0]["anomaly_map"].mean() == pytest.approx(rows[0]["score"], rel=1e-5)
    assert "anomaly_map" not in rows[1] and "damaged" in rows[1]["error"]
    assert rows[2]["anomaly_map"].max() == pytest.approx(30, rel=1e-4)


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


def test_what_ends_all_scoring_says_what_to_do(detector, picture):
    with ScoringClient(detector.target, "nowhere") as scoring:
        with pytest.raises(ScoringError, match="serves no model 'nowhere'") as caught:
            scoring.score_bytes([picture(1)])
        assert caught.value.code is grpc.StatusCode.NOT_FOUND
    with (
        ScoringClient(detector.target, "detector", version=7) as scoring,
        pytest.raises(ScoringError, match="served of model 'detector': version 1;"),
    ):
        scoring.score_bytes([picture(1)])
    with (
        ScoringClient(detector.target, "detector", label="best") as scoring,
        pytest.raises(ScoringError, match="label: best"),
    ):
        scoring.score_bytes([picture(1)])
    with ScoringClient("127.0.0.1:1", "m", retries=1) as scoring:
        with pytest.raises(
            ScoringError, match=r"127\.0\.0\.1:1: tried 2 times in"
        ) as e:
            scoring.status()
        assert e.value.code is grpc.StatusCode.UNAVAILABLE
        assert "novnorm-serve --model_name m" in e.value.message


def test_messages_beyond_grpc_s_own_limit_of_4_mib_pass(detector, scoring):
    image = np.random.default_rng(3).integers(0, 256, (2048, 2048, 3), np.uint8)
    (row,) = scoring.score(image)  # about 12.6 MB as PNG
    assert row["error"] is None
    connection = Connection(detector.target, "detector", None, None, 60.0, 0, None)
    try:
        outputs = connection.predict(
            "big",
            lambda request: tensors.write_images(request.inputs["images"], image[None]),
        ).outputs
        assert tensors.read(outputs["map"]).shape == (1, 2048, 2048)
    finally:
        connection.close()


def test_a_model_without_the_signature_is_named_with_what_it_has(half_plus_two):
    with (
        ScoringClient(half_plus_two.target, "half_plus_two") as scoring,
        pytest.raises(ScoringError, match="no signature 'serving_bytes'") as caught,
    ):
        scoring.score_images(np.zeros((1, 8, 8, 3), np.uint8))
    assert "it has: " in caught.value.message
    assert "regress_x_to_y" in caught.value.message


def test_version_and_label_exclude_each_other():
    with pytest.raises(ValueError, match="version 1 and label 'best'"):
        ScoringClient("127.0.0.1:1", "m", version=1, label="best")


@pytest.mark.slow
def test_a_server_that_comes_late_is_waited_for(models, tmp_path, picture, unused_port):
    with ScoringClient(f"127.0.0.1:{unused_port}", "detector", retries=100) as scoring:
        flags = [f"--port={unused_port}"]
        process = ServerProcess("detector", models / "detector", str(tmp_path), *flags)
        try:
            (row,) = scoring.score(picture(20))
            assert row["error"] is None
        finally:
            process.stop()
