"""Folders as they come: nothing lost silently, nothing in two splits."""

import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.read_table import read_table


def split_of_each(outputs):
    found = {}
    for split in ("train", "calibration", "test"):
        for file in tf.io.gfile.glob(getattr(outputs, split)):
            for record in tf.data.TFRecordDataset(file).as_numpy_iterator():
                example = ImageExample.parse(record)
                assert example.path not in found
                found[example.path] = split
    return found


def test_damaged_and_misnamed_files(picture_bytes, prepare, write_pictures, tmp_path):
    folder = write_pictures(tmp_path / "my data (1)", 20)
    jpeg = picture_bytes(99, "JPEG", 64)
    (folder / "a.png").write_bytes(b"")
    (folder / "b.jpg").write_bytes(b"text, not a picture")
    (folder / "c.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "d.jpg").write_bytes(jpeg[:-2])
    (folder / "x.jpg").write_bytes(picture_bytes(100))
    (folder / "y.jpg").write_bytes(picture_bytes(101, "BMP"))
    outputs, said = prepare(folder)
    assert f"4 of 26 pictures set aside (see {outputs.rejected})" in said
    assert "a flat folder, all pictures normal" in said and "22 grey" in said
    rejected = {row["path"]: row["reason"] for row in read_table(outputs.rejected)}
    assert set(rejected) == {"a.png", "b.jpg", "c.jpg", "d.jpg"}
    assert "0 bytes" in rejected["a.png"] and "not a picture" in rejected["b.jpg"]
    used = split_of_each(outputs)
    assert len(used) == 22 and {"x.jpg", "y.jpg"} <= set(used)
    counts = outputs.read_counts()
    assert counts["listed"] == 26 and sum(counts["written"].values()) == 22


def test_a_bad_mask_is_set_aside_and_its_picture_kept(
    picture_bytes, prepare, write_pictures, tmp_path
):
    folder = tmp_path / "data"
    write_pictures(folder / "train" / "good", 20)
    write_pictures(folder / "test" / "good", 2, first=20)
    write_pictures(folder / "test" / "scratch", 5, first=30)
    (folder / "test" / "scratch" / "bad.png").write_bytes(b"no picture")
    masks = folder / "ground_truth" / "scratch"
    masks.mkdir(parents=True)
    (masks / "0030_mask.png").write_bytes(picture_bytes(0))
    (masks / "0031.png").write_bytes(picture_bytes(1))
    (masks / "0032_mask.png").write_bytes(picture_bytes(2, size=10))
    (masks / "0033_mask.png").write_bytes(b"no mask")
    outputs, said = prepare(folder)
    counts = outputs.read_counts()
    assert (counts["masks"], counts["refused_masks"], counts["rejected"]) == (2, 3, 1)
    assert counts["written"]["test"] == 7
    assert (
        "1 of 28 pictures set aside" in said and "2 novel pictures have a mask" in said
    )
    assert f"3 masks refused, their pictures kept (see {outputs.rejected})" in said
    reasons = {row["path"][-8:]: row["reason"] for row in read_table(outputs.rejected)}
    assert reasons["/bad.png"].startswith("not a picture")
    refused = "mask refused, picture kept: "
    assert reasons["0032.png"].startswith(f"{refused}is 10 x 10, its picture 16 x 16")
    assert reasons["0033.png"].startswith(f"{refused}not a picture: 7 bytes")
    assert reasons["0034.png"] == f"{refused}no file for it in ground_truth"
    assert len(reasons) == 4 and len(split_of_each(outputs)) == 27
    with pytest.raises(PipelineError, match="1 of 28 pictures") as caught:
        prepare(folder, max_rejected_share=0.0)
    assert "bad.png" in str(caught.value) and "mask refused" not in str(caught.value)


def test_names_in_any_script_come_through(
    picture_bytes, prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "Prüfung (neu)", 20)
    for number, name in enumerate(["größe 1.png", "部品#2.png", "e\u0301.png"]):
        (folder / name).write_bytes(picture_bytes(200 + number))
    (folder / "schäden.png").write_bytes(b"no")
    outputs, _ = prepare(folder)
    assert {"größe 1.png", "部品#2.png", "e\u0301.png"} <= set(split_of_each(outputs))
    assert read_table(outputs.rejected)[0]["path"] == "schäden.png"


def test_pictures_that_are_added_move_none(prepare, write_pictures, tmp_path):
    folder = write_pictures(tmp_path / "data", 60)
    before = split_of_each(prepare(folder)[0])
    outputs, said = prepare(write_pictures(folder, 30, first=60))
    assert "prepare: runs, because its input source changed" in said
    after = split_of_each(outputs)
    assert len(after) == 90 and {path: after[path] for path in before} == before
    assert set(before.values()) == {"train", "calibration", "test"}


def test_copies_are_reported_and_stay_together(
    picture_bytes, prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 25)
    (folder / "copy of a.png").write_bytes(picture_bytes(7))
    (folder / "a.bmp").write_bytes(picture_bytes(7, "BMP"))
    outputs, said = prepare(folder)
    (group,) = outputs.read_counts()["duplicates"]
    assert sorted(group["paths"]) == ["0007.png", "a.bmp", "copy of a.png"]
    found = split_of_each(outputs)
    assert {found[path] for path in group["paths"]} == {group["split"]}
    assert "1 groups of exact duplicates" in said


def test_a_training_copy_of_a_test_picture_is_dropped(
    prepare, write_pictures, tmp_path
):
    write_pictures(tmp_path / "data" / "train" / "good", 20)
    write_pictures(tmp_path / "data" / "test" / "good", 2, first=4)
    write_pictures(tmp_path / "data" / "test" / "scratch", 2, first=50)
    outputs, said = prepare(tmp_path / "data")
    dropped = read_table(outputs.dropped)
    assert [row["path"] for row in dropped] == [
        "train/good/0004.png",
        "train/good/0005.png",
    ]
    assert {row["also_in"] for row in dropped} == {"test"}
    assert "2 dropped" in said
    found = split_of_each(outputs)
    assert [path for path in found if found[path] == "test"] and len(found) == 22
    assert outputs.read_counts()["splits"]["test"] == {"good": 2, "scratch": 2}


def test_too_many_bad_pictures_stop_the_run_with_their_reasons(
    prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 30)
    for number in range(15):
        (folder / f"bad{number:02d}.png").write_bytes(b"no picture")
    with pytest.raises(PipelineError, match="15 of 45 pictures") as caught:
        prepare(folder, max_rejected_share=0.3)
    text = str(caught.value)
    assert "bad00.png: not a picture" in text and "and 5 more" in text
    prepare(folder, max_rejected_share=0.34)


def test_an_empty_split_stops_the_run_with_the_counts(
    prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 3)
    with pytest.raises(PipelineError, match="No picture for .*calibration") as caught:
        prepare(folder)
    assert "3 pictures (good 3)" in str(caught.value)
    for path in folder.iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(PipelineError, match="0000.png: not a picture"):
        prepare(folder, max_rejected_share=1.0)


def test_which_class_is_normal_must_be_known(prepare, write_pictures, tmp_path):
    write_pictures(tmp_path / "data" / "cat", 2)
    write_pictures(tmp_path / "data" / "dog", 2, first=2)
    with pytest.raises(UsageError, match="--normal.*0: cat, 1: dog"):
        prepare(tmp_path / "data")


def test_an_enormous_picture_is_set_aside_by_name(
    picture_bytes, prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 20)
    (folder / "big.png").write_bytes(picture_bytes(0, size=400))
    outputs, _ = prepare(folder, max_pixels=100_000)
    (row,) = read_table(outputs.rejected)
    assert row["path"] == "big.png" and "0.16 megapixels" in row["reason"]
    assert "--max-megapixels" in row["reason"]
