"""The rules of the pipeline, in one process."""

import numpy as np
import pytest

from keras_novnorm.datasets.arrays import ArrayImages
from keras_novnorm.datasets.image_folder import ImageFolder
from keras_novnorm.datasets.one_class_data import read_one_class_data
from keras_novnorm.datasets.open_source import open_source


def test_digits_split_into_normals_and_all_else():
    data = read_one_class_data(open_source("sklearn:digits"), ("8",))
    sizes = {split: len(found) for split, found in data.examples.items()}
    assert sum(sizes.values()) == 1797 and not data.rejected and not data.dropped
    for split in ("train", "calibration"):
        assert {e.class_name for e in data.examples[split]} == {"8"}
    batches = list(data.dataset("test", (8, 8, 1), 500, with_labels=True))
    labels = np.concatenate([labels.numpy() for _, labels in batches])
    assert batches[0][0].shape == (500, 8, 8, 1)
    assert labels.tolist() == [e.label for e in data.examples["test"]]
    assert labels.sum() == 1797 - 174


def test_bad_files_are_set_aside_and_nothing_else_is_lost(tmp_path, encode, grey):
    for n in range(30):
        (tmp_path / f"{n}.png").write_bytes(encode(grey ^ n, "PNG"))
    (tmp_path / "bad.png").write_bytes(b"no")
    data = read_one_class_data(ImageFolder(tmp_path), ("good",))
    assert [path for path, _ in data.rejected] == ["bad.png"]
    assert sum(len(found) for found in data.examples.values()) == 30


def test_masks_come_along_with_novel_pictures_alone(tmp_path, encode, grey):
    masks = {"scratch/1": grey > 250, "dent/2": grey[:5], "good/0": grey}
    for n, place in enumerate(["train/good/9", *(f"test/{name}" for name in masks)]):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{place}.png").write_bytes(encode(grey ^ n, "PNG"))
    for name, mask in masks.items():
        path = tmp_path / "ground_truth" / f"{name}_mask.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(encode(mask, "PNG"))
    data = read_one_class_data(ImageFolder(tmp_path), ("good",))
    masked = {e.path: bool(e.mask_bytes) for e in data.examples["test"]}
    assert masked == {
        "test/dent/2.png": False,
        "test/good/0.png": False,
        "test/scratch/1.png": True,
    }
    ((path, reason),) = data.refused_masks
    assert path == "test/dent/2.png" and "is 30 x 5, its picture 30 x 20" in reason
    assert not data.rejected
    relabelled = read_one_class_data(ImageFolder(tmp_path), ("good", "dent"))
    assert not relabelled.refused_masks


def test_groups_that_share_a_picture_do_not_share_it_across_splits(grey):
    images = np.stack([grey] * 40)
    groups = [f"part {n}" for n in range(40)]
    data = read_one_class_data(ArrayImages(images, groups=groups), ("good",))
    assert [split for split, found in data.examples.items() if found] == ["test"]
    assert len(data.dropped) + len(data.examples["test"]) == 40
    with pytest.raises(ValueError, match="No picture for train"):
        data.dataset("train", (8, 8, 1), 4)
