"""Folders as they come: nothing lost silently, nothing in two splits."""

import hashlib
import os

import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from pipeline.artifacts import ArtifactStore
from pipeline.components.prepare.counts import check_nothing_lost
from pipeline.data_stage import DataStage
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.read_table import read_table
from pipeline.run_config import RunConfig
from pipeline.run_result import RunResult
from pipeline.storage import StoragePath
from pipeline.transforms.write_examples import shard_file


def examples_of(outputs):
    """All examples by path, with their splits, in the order of the files."""
    found = {}
    for shard in outputs.read_counts()["shards"]:
        file = str(outputs.directory / shard["file"])
        records = list(tf.data.TFRecordDataset(file).as_numpy_iterator())
        assert len(records) == shard["count"]
        for record in records:
            example = ImageExample.parse(record)
            assert example.path not in found
            assert example.class_name == shard["class_name"]
            found[example.path] = shard["split"], example
    return found


def split_of_each(outputs):
    return {path: split for path, (split, _) in examples_of(outputs).items()}


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


@pytest.mark.slow
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
    assert "1 of 28 pictures set aside" in said and "2 pictures have a mask" in said
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


def sizes_of(splits):
    found = list(splits.values())
    return [found.count(split) for split in ("train", "calibration", "test")]


@pytest.mark.slow
def test_shares_are_exact_and_pictures_that_are_added_move_few(
    prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 60)
    before = split_of_each(prepare(folder)[0])
    assert sizes_of(before) == [40, 8, 12]
    outputs, said = prepare(write_pictures(folder, 30, first=60))
    assert "prepare: runs, because its input source changed" in said
    after = split_of_each(outputs)
    assert sizes_of(after) == [60, 12, 18]
    assert sum(after[path] != split for path, split in before.items()) <= 6


@pytest.mark.slow
def test_what_earlier_runs_learned_from_stays_where_it_was(
    prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 60)
    first, _ = prepare(folder)
    write_pictures(folder, 30, first=60)
    config = RunConfig(f"folder:{folder}", tmp_path / "root", only="prepare")
    result = RunResult("x")
    stage = DataStage(config, ArtifactStore(StoragePath(config.root), (), "x"))
    stage.run(result, known=(first,))
    before, after = split_of_each(first), split_of_each(result.prepared)
    assert {path: after[path] for path in before} == before
    assert sizes_of(after) == [60, 12, 18]


@pytest.mark.slow
def test_the_user_says_the_shares(prepare, write_pictures, tmp_path):
    folder = write_pictures(tmp_path / "data", 20)
    outputs, _ = prepare(folder, shares=(5, 3, 2))
    assert sizes_of(split_of_each(outputs)) == [10, 6, 4]
    _, said = prepare(folder, shares=(6, 2, 2))
    assert "prepare: runs, because shares changed from" in said
    with pytest.raises(UsageError, match="--shares: .*Received: 0 1 1"):
        prepare(folder, shares=(0, 1, 1))


@pytest.mark.slow
def test_normals_elsewhere_calibrate(prepare, write_pictures, tmp_path):
    folder = write_pictures(tmp_path / "data" / "OK", 20).parent
    write_pictures(folder / "NG", 4, first=50)
    held_out = write_pictures(tmp_path / "held out", 7, first=19)
    calibration = f"folder:{held_out}"
    outputs, said = prepare(folder, calibration=calibration, normal=("OK",))
    found = examples_of(outputs)
    assert f"calibrated with {calibration}" in said
    # One of them is a copy of a training picture.
    sizes = outputs.read_counts()["splits"]
    assert sizes["calibration"] == {"OK": 7} and sizes["train"] == {"OK": 15}
    assert sizes["test"] == {"NG": 4, "OK": 4}
    assert found[f"{calibration}/0019.png"][1].label == 0
    (held_out / "sub").mkdir()
    (held_out / "other").mkdir()
    for place in ("sub", "other"):
        write_pictures(held_out / place, 1)
    with pytest.raises(UsageError, match="--calibration: .*of which none is normal"):
        prepare(folder, calibration=calibration, normal=("OK",))


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_empty_split_stops_the_run_with_the_counts(
    prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 2)
    with pytest.raises(PipelineError, match="No picture for test") as caught:
        prepare(folder)
    assert "2 pictures (good 2)" in str(caught.value)
    assert "train 1; calibration 1; test 0" in str(caught.value)
    for path in folder.iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(PipelineError, match="0000.png: not a picture"):
        prepare(folder, max_rejected_share=1.0)


def test_which_class_is_normal_must_be_known(prepare, write_pictures, tmp_path):
    write_pictures(tmp_path / "data" / "cat", 2)
    write_pictures(tmp_path / "data" / "dog", 2, first=2)
    with pytest.raises(UsageError, match="--normal.*0: cat, 1: dog"):
        prepare(tmp_path / "data")


@pytest.mark.slow
def test_an_enormous_picture_is_set_aside_by_name(
    picture_bytes, prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data", 20)
    (folder / "big.png").write_bytes(picture_bytes(0, size=400))
    outputs, _ = prepare(folder, max_pixels=100_000)
    (row,) = read_table(outputs.rejected)
    assert row["path"] == "big.png" and "0.16 megapixels" in row["reason"]
    assert "--max-megapixels" in row["reason"]


@pytest.mark.slow
def test_names_that_are_no_unicode_come_through(
    picture_bytes, prepare, write_pictures, tmp_path
):
    write_pictures(tmp_path / "data" / "good", 20)
    other = os.fsencode(tmp_path / "data") + b"/sch\xe4den"
    os.mkdir(other)
    for number in range(20):
        with open(other + b"/gr\xfc\xdfe %d.png" % number, "wb") as file:
            file.write(picture_bytes(300 + number % 19))
    with open(other + b"/\xff.png", "wb") as file:
        file.write(b"no")
    (tmp_path / "data" / "good" / "copy.png").write_bytes(picture_bytes(300))
    outputs, _ = prepare(tmp_path / "data")
    assert read_table(outputs.rejected)[0]["path"] == "sch\\udce4den/\\udcff.png"
    found = examples_of(outputs)
    assert sum(name.startswith("sch\udce4den/") for name in found) == 20
    selection = outputs.select(("good",))
    assert selection.count_by_class("test")["sch\udce4den"] == 20
    assert any("sch%E4den-" in str(file) for file in selection.files("test"))


@pytest.mark.slow
def test_pixels_of_two_classes_are_only_tested_on(prepare, write_pictures, tmp_path):
    write_pictures(tmp_path / "data" / "good", 40)
    write_pictures(tmp_path / "data" / "fine", 40, first=30)
    outputs, said = prepare(tmp_path / "data", normal=("good", "fine"))
    found = examples_of(outputs)
    assert len(found) == 80 and "dropped" not in said
    twice = [f"{name}/{n:04d}.png" for name in ("good", "fine") for n in range(30, 40)]
    assert {found[path][0] for path in twice} == {"test"}
    once = {split for path, (split, _) in found.items() if path not in twice}
    assert once == {"train", "calibration", "test"}


@pytest.mark.slow
def test_pixels_of_two_classes_do_not_enter_a_test_split_of_the_source(
    prepare, write_pictures, tmp_path
):
    write_pictures(tmp_path / "data" / "train" / "good", 40)
    write_pictures(tmp_path / "data" / "train" / "fine", 40, first=39)
    write_pictures(tmp_path / "data" / "test" / "good", 2, first=90)
    outputs, _ = prepare(tmp_path / "data", normal=("good", "fine"))
    dropped = {row["path"]: row["also_in"] for row in read_table(outputs.dropped)}
    assert dropped == {
        "train/fine/0039.png": "another class",
        "train/good/0039.png": "another class",
    }
    assert outputs.read_counts()["splits"]["test"] == {"good": 2}


@pytest.mark.slow
def test_the_files_do_not_depend_on_how_the_work_is_divided(
    prepare, write_pictures, tmp_path
):
    folder = write_pictures(tmp_path / "data" / "good", 30).parent
    write_pictures(folder / "bad", 10, first=20)
    beam_args = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
    first, _ = prepare(folder, "root1")
    second, _ = prepare(folder, "root2", beam_args=beam_args)
    assert first.read_counts() == second.read_counts()
    assert len(first.read_counts()["shards"]) > 8
    for shard in first.read_counts()["shards"]:
        content = (second.directory / shard["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == shard["sha256"]


@pytest.mark.slow
def test_a_class_is_one_detectors_normal_and_anothers_novel(
    prepare, write_pictures, tmp_path
):
    for number, name in enumerate(("cat", "dog", "cow")):
        write_pictures(tmp_path / "data" / name, 30, first=100 * number)
    outputs, _ = prepare(tmp_path / "data", normal=("cat", "dog"))
    cats = outputs.select(("cat",))
    assert cats.label("cat") == 0 and cats.label("dog") == 1
    assert set(cats.count_by_class("train")) == {"cat"}
    tested = cats.count_by_class("test")
    assert (tested["dog"], tested["cow"]) == (30, 30)
    assert cats.count("train") + cats.count("calibration") + tested["cat"] == 30
    before = {split: cats.fingerprint_of(split) for split in ("train", "test")}
    write_pictures(tmp_path / "data" / "dog", 9, first=190)
    after = prepare(tmp_path / "data", normal=("cat", "dog"))[0].select(("cat",))
    assert after.fingerprint_of("train") == before["train"]
    assert after.fingerprint_of("test") != before["test"]


@pytest.mark.slow
def test_a_picture_that_goes_missing_fails_the_run(prepare, write_pictures, tmp_path):
    write_pictures(tmp_path / "data" / "good", 30)
    write_pictures(tmp_path / "data" / "bad", 30, first=20)
    counts = prepare(tmp_path / "data")[0].read_counts()
    check_nothing_lost(counts)
    assert counts["changed"] > 0
    fewer = counts["written"]["test"] - 1
    for wrong in (
        {"written": {**counts["written"], "test": fewer}},
        {"changed": counts["changed"] - 1},
        {"accepted": counts["accepted"] - 1},
    ):
        with pytest.raises(PipelineError, match="lost on the way: 60 listed"):
            check_nothing_lost({**counts, **wrong})


def test_shards_of_long_and_strange_names_have_files_of_their_own():
    assert shard_file("test", "größe/1", 3, 12) == (
        "test/gr%C3%B6%C3%9Fe%2F1-03-of-12.tfrecord"
    )
    long = [shard_file("test", "部" * 300 + end, 0, 4) for end in "ab"]
    assert long[0] != long[1] and max(map(len, long)) < 110
    assert not shard_file("test", ".x", 0, 4).startswith("test/.")


@pytest.mark.parametrize("root", ["pictures", "pictures/runs/x"])
def test_results_among_the_pictures_are_refused(
    prepare, write_pictures, tmp_path, root
):
    folder = write_pictures(tmp_path / "pictures", 3)
    before = sorted(folder.iterdir())
    with pytest.raises(UsageError, match="would be taken for pictures of .*/pictures"):
        prepare(folder, root)
    assert sorted(folder.iterdir()) == before


@pytest.mark.slow
def test_results_beside_the_pictures_of_a_layout_are_none_of_them(
    prepare, write_pictures, tmp_path
):
    folder = tmp_path / "tile"
    write_pictures(folder / "train" / "good", 12)
    write_pictures(folder / "test" / "good", 3, first=50)
    prepare(folder, "tile/runs/x")
    _, said = prepare(folder, "tile/runs/x")
    assert "prepare: up to date" in said
    # Here `train` and `test` would be the components' own.
    with pytest.raises(UsageError, match="would be taken for pictures"):
        prepare(folder, "tile")
