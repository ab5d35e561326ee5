"""Folders as people have them."""

import os
import pickle

import pytest

from keras_novnorm.datasets.image_folder import ImageFolder
from keras_novnorm.datasets.transcode import RejectedPictureError


def fill(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    return ImageFolder(root)


def listed(folder):
    return [(e.path, e.class_name, e.split) for e in folder.elements()]


def test_a_flat_folder_is_all_normal(tmp_path):
    folder = fill(tmp_path / "my data (1)", "1.JPG", "2.Png", "[3].tif")
    assert listed(folder) == [
        ("1.JPG", "good", None),
        ("2.Png", "good", None),
        ("[3].tif", "good", None),
    ]
    assert folder.default_normal == ["good"] and not folder.has_test_split
    assert "flat" in folder.layout


def test_class_folders_without_train_and_test(tmp_path):
    folder = fill(tmp_path, "good/a.png", "bad/deep/er/b.png", "stray.png")
    assert listed(folder) == [
        ("bad/deep/er/b.png", "bad", None),
        ("good/a.png", "good", None),
    ]
    assert "1 files beside them" in folder.layout


def test_mvtec_layout_keeps_its_split_and_finds_its_masks(tmp_path):
    folder = fill(
        tmp_path,
        "train/good/1.png",
        "test/good/2.png",
        "test/scratch/3.png",
        "ground_truth/scratch/3_mask.png",
        "notes/license.txt",
    )
    assert listed(folder) == [
        ("test/good/2.png", "good", "test"),
        ("test/scratch/3.png", "scratch", "test"),
        ("train/good/1.png", "good", "train"),
    ]
    assert folder.has_test_split
    assert folder.layout.endswith("masks in ground_truth; passed over: notes")
    read = {e.path: folder.read(e) for e in folder.elements()}
    assert read["test/scratch/3.png"].mask_bytes == b"x"
    assert read["test/good/2.png"].mask_bytes is None
    assert all(e.mask_problem is None for e in read.values())


def test_names_of_splits_and_classes_are_read_in_whatever_case(tmp_path):
    folder = fill(
        tmp_path,
        "Train/Good/1.png",
        "TEST/good/2.png",
        "TEST/Scratch/3.png",
        "Ground_Truth/scratch/3_mask.png",
    )
    assert listed(folder) == [
        ("TEST/Scratch/3.png", "Scratch", "test"),
        ("TEST/good/2.png", "Good", "test"),
        ("Train/Good/1.png", "Good", "train"),
    ]
    assert folder.default_normal == ["Good"]
    assert [e.mask_path for e in folder.elements()][0] == (
        "Ground_Truth/scratch/3_mask.png"
    )
    folder = fill(tmp_path / "two", "train/good/1.png", "train/Good/2.png", "test/x/3")
    assert folder.class_names == ["Good", "good", "x"] and not folder.default_normal
    assert fill(tmp_path / "other", "Good/1.png", "bad/2.png").default_normal == [
        "Good"
    ]


@pytest.mark.parametrize("name", ["val", "Validation", "valid"])
def test_a_validation_folder_calibrates(tmp_path, name):
    folder = fill(
        tmp_path,
        "train/good/1.png",
        f"{name}/good/2.png",
        f"{name}/bad/3.png",
    )
    assert folder.has_calibration_split and not folder.has_test_split
    assert folder.layout == f"train/CLASS and {name}/CLASS (calibrates) folders"
    assert set(listed(folder)) == {
        (f"{name}/bad/3.png", "bad", "calibration"),
        (f"{name}/good/2.png", "good", "calibration"),
        ("train/good/1.png", "good", "train"),
    }
    flat = fill(tmp_path / "flat", "train/1.png", f"{name}/2.png")
    assert flat.class_names == ["good"] and flat.has_calibration_split


def test_mvtec_loco_has_several_masks_of_a_picture(tmp_path):
    folder = fill(
        tmp_path,
        "train/good/000.png",
        "validation/good/000.png",
        "test/good/000.png",
        "test/logical_anomalies/000.png",
        "test/structural_anomalies/000.png",
        "ground_truth/logical_anomalies/000/000.png",
        "ground_truth/logical_anomalies/000/001.png",
        "ground_truth/structural_anomalies/000/000.png",
        "defects_config.json",
    )
    assert folder.has_test_split and folder.has_calibration_split
    read = {e.path: folder.read(e) for e in folder.elements()}
    assert len(read) == 5 and read["validation/good/000.png"].split == "calibration"
    logical = read["test/logical_anomalies/000.png"]
    assert logical.mask_bytes == b"x" and logical.more_masks == (b"x",)
    assert read["test/structural_anomalies/000.png"].more_masks == ()
    assert read["test/good/000.png"].mask_bytes is None
    before = folder.fingerprint()
    (tmp_path / "ground_truth/logical_anomalies/000/002.png").write_bytes(b"x")
    assert ImageFolder(tmp_path).fingerprint() != before


@pytest.mark.parametrize(
    ("there", "inner"),
    [
        (["bottle/train/good/1", "bottle/test/bad/1", "nut/train/1"], "bottle nut"),
        (["parts/good/1.png", "parts/bad/1.png"], "parts"),
        (["a/b/Train/good/1.png", "a/b/Test/bad/1.png"], "a/b"),
        (["good/1.png", "bad/deep/er/1.png"], ""),
        (["car/1.png", "train/1.png"], ""),
    ],
)
def test_data_sets_further_down_are_seen(tmp_path, there, inner):
    folder = fill(tmp_path, *there)
    assert folder.inner == [str(tmp_path / name) for name in inner.split()]


def test_a_mask_that_is_not_there_is_told_and_takes_no_picture_along(tmp_path):
    fill(
        tmp_path,
        "train/good/1.png",
        "test/scratch/2.png",
        "test/scratch/3.png",
        "ground_truth/scratch/2_mask.png",
    )
    mask = tmp_path / "ground_truth" / "scratch" / "2_mask.png"
    mask.unlink()
    mask.symlink_to("nowhere")
    folder = ImageFolder(tmp_path)
    unreadable, missing = [
        folder.read(e) for e in folder.elements() if e.class_name == "scratch"
    ]
    assert unreadable.image_bytes == missing.image_bytes == b"x"
    assert unreadable.mask_bytes is None and missing.mask_bytes is None
    assert unreadable.mask_problem.startswith("ground_truth/scratch/2_mask.png cannot")
    assert missing.mask_problem == "no file for it in ground_truth"
    before = folder.fingerprint()
    mask.unlink()
    mask.write_bytes(b"x")
    assert ImageFolder(tmp_path).fingerprint() != before


def test_what_systems_leave_behind_is_no_class(tmp_path):
    folder = fill(
        tmp_path,
        "good/a.png",
        "scratch/b.png",
        ".ipynb_checkpoints/x.png",
        ".DS_Store",
        "good/Thumbs.db",
        "__MACOSX/._x.png",
    )
    assert folder.class_names == ["good", "scratch"]
    assert len(listed(folder)) == 2


def test_names_in_any_script_are_read_as_they_are(tmp_path):
    names = ["größe 1.png", "部品#2.png", "e\u0301.png"]
    root = tmp_path / "Prüfung (neu)"
    folder = fill(root, *names)
    assert sorted(e.path for e in folder.elements()) == sorted(names)
    assert all(folder.read(e).image_bytes == b"x" for e in folder.elements())


def test_a_linked_folder_is_followed_but_not_in_circles(tmp_path):
    fill(tmp_path / "elsewhere", "a.png")
    (tmp_path / "data").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "data" / "good")
    os.symlink(tmp_path / "data", tmp_path / "elsewhere" / "circle")
    assert [e.path for e in ImageFolder(tmp_path / "data").elements()] == ["good/a.png"]


def test_an_empty_or_missing_folder_says_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such folder"):
        ImageFolder(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="no file at all") as caught:
        ImageFolder(tmp_path)
    assert str(tmp_path) in str(caught.value) and "**/*" in str(caught.value)


def test_the_fingerprint_follows_the_content(tmp_path):
    folder = fill(tmp_path, "a.png", "b.png")
    before = folder.fingerprint()
    assert ImageFolder(tmp_path).fingerprint() == before
    (tmp_path / "b.png").write_bytes(b"longer")
    changed = ImageFolder(tmp_path).fingerprint()
    (tmp_path / "c.png").write_bytes(b"x")
    assert len({before, changed, ImageFolder(tmp_path).fingerprint()}) == 3


def test_a_file_that_is_gone_is_rejected_not_fatal(tmp_path):
    folder = fill(tmp_path, "a.png")
    (tmp_path / "a.png").unlink()
    with pytest.raises(RejectedPictureError, match="No such file"):
        folder.read(next(folder.elements()))


@pytest.mark.parametrize(
    ("there", "path", "taken"),
    [
        (["0.png"], "new.png", True),
        (["0.png"], "runs/x/new.json", True),  # With it, it is one folder per class.
        (["0.png"], ".runs/new.json", False),
        (["0.png"], "__MACOSX/new.png", False),
        (["0.png"], "../new.png", False),
        (["0.png"], "../data-new/new.png", False),
        (["good/0.png"], "runs/new.json", True),
        (["good/0.png"], "new.keras", False),
        (["train/good/0.png"], "new.keras", False),
        (["train/good/0.png"], "runs/new.json", True),
        (["train/good/0.png"], "test/new.json", True),
        (["train/good/0.png", "test/odd/0.png"], "runs/new.json", False),
        (["train/good/0.png", "test/odd/0.png"], "train/a/new.json", True),
        (["train/good/0.png", "test/odd/0.png"], "new.keras", False),
    ],
)
def test_what_would_be_taken_for_a_picture(tmp_path, there, path, taken):
    folder = tmp_path / "data"
    for name in there:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    source = ImageFolder(folder)
    assert source.would_take(folder / path) is taken
    # The answer is the listing's own.
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(b"x")
    assert taken is (path in {e.path for e in ImageFolder(folder).elements()})


def test_a_linked_or_relative_path_is_the_same_file(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "0.png").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "data")
    monkeypatch.chdir(tmp_path / "data")
    assert ImageFolder(".").would_take("new.png")
    assert ImageFolder(tmp_path / "data").would_take(tmp_path / "link" / "new.png")
    assert not ImageFolder(".").would_take("s3://bucket/new.png")
    again = pickle.loads(pickle.dumps(ImageFolder(".")))  # As on a worker.
    assert again.would_take("new.png")
