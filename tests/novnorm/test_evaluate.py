"""`novnorm evaluate` on what the detector has not seen."""

import json

import numpy as np
import pytest

from tests.novnorm.conftest import encode, write


@pytest.fixture(scope="module")
def labelled(tmp_path_factory, digits):
    """A manifest of new pictures with a column, and masks of the novel ones."""
    folder = tmp_path_factory.mktemp("labelled")
    lines = ["path,class,label,mask,camera"]
    for number, image in enumerate(digits["calibration"][..., 0]):
        write(folder, **{f"n{number}.png": image})
        lines.append(f"n{number}.png,good,0,,{('left', 'right')[number % 2]}")
    mask = np.zeros((8, 8), np.uint8)
    mask[2:4, 2:4] = 1
    masks = [mask, mask * 255, mask * 236, np.stack([mask * 255] * 3, axis=2), mask * 0]
    for number, image in enumerate(digits["test_novel"][20:30, ..., 0]):
        write(folder, **{f"b{number}.png": image})
        write(folder, **{f"m{number}.png": encode(masks[number % 5])})
        lines.append(f"b{number}.png,scratch,1,m{number}.png,left")
    (folder / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder / "list.csv"


def evaluate(novnorm, model, *arguments):
    code, out, error = novnorm("evaluate", model, *arguments, "--json")
    assert code == 0, error
    return json.loads(out)


@pytest.mark.slow
def test_metrics_slices_and_pixels_of_a_manifest(finished, labelled, novnorm, tmp_path):
    table, page = tmp_path / "scores.csv", tmp_path / "report.html"
    options = ["--csv", table, "--report", page]
    metrics = evaluate(novnorm, finished.folder, labelled, *options)["metrics"]
    assert metrics["num_normal"] == 40 and metrics["num_novel"] == 10
    assert metrics["auroc"] > 0.6
    assert set(metrics["slices"]["column:camera"]) == {"left", "right"}
    assert metrics["num_masks"] == 10 and metrics["pixel_auroc"] is not None
    assert any(
        "2 of 10 masks have no anomalous pixel" in m for m in metrics["messages"]
    )
    assert metrics["pixel_types"]["scratch"]["num_masks"] == 10
    assert table.read_text(encoding="utf-8").startswith("path,class,label,score,")
    assert page.stat().st_size > 10_000


def test_what_was_trained_on_is_left_out(finished, parts, novnorm):
    document = evaluate(novnorm, finished.folder, parts)
    splits = finished.read("run.json")["summary"]["splits"]
    held_out = sum(splits["test"].values())
    assert document["metrics"]["num_images"] == held_out
    assert document["left_out"] == sum(splits["train"].values()) + sum(
        splits["calibration"].values()
    )
    assert document["metrics"]["auroc"] == finished.read("metrics.json")["auroc"]


def test_of_normals_alone_there_is_a_false_alarm_rate_and_the_rest_is_null(
    finished, digits, novnorm, tmp_path
):
    files = {f"{n}.png": i for n, i in enumerate(digits["calibration"][..., 0])}
    write(tmp_path / "flat", **files)
    metrics = evaluate(novnorm, finished.folder, tmp_path / "flat")["metrics"]
    assert metrics["auroc"] is None and metrics["average_precision"] is None
    assert 0 <= metrics["false_positive_rate"] <= 0.5
    assert any("Add novel images" in message for message in metrics["messages"])
    _, out, _ = novnorm("evaluate", finished.folder, tmp_path / "flat")
    assert "false alarms" in out and out.count("Add novel images") == 1


def test_labels_move_metrics_and_nothing_else(finished, labelled, novnorm, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    as_is = evaluate(novnorm, finished.folder, labelled, "--csv", first)
    options = ["--normal", "scratch", "--csv", second]
    swapped = evaluate(novnorm, finished.folder, labelled, *options)["metrics"]
    assert swapped["auroc"] == pytest.approx(1 - as_is["metrics"]["auroc"])
    assert any("Labels may be swapped" in message for message in swapped["messages"])
    assert swapped["threshold"] == as_is["metrics"]["threshold"]

    def without_label(table):
        lines = table.read_text(encoding="utf-8").splitlines()[1:]
        return [
            [cell for n, cell in enumerate(row.split(",")) if n != 2] for row in lines
        ]

    assert without_label(first) == without_label(second)


def test_nothing_left_to_test_on_says_why(finished, parts, novnorm, tmp_path):
    write(tmp_path / "d", **{"a.png": b"x", "b.png": b""})
    code, _, error = novnorm("evaluate", finished.folder, tmp_path / "d")
    assert code == 1 and "2 set aside" in error and "a.png: not a picture" in error
