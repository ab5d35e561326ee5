"""Masks are found by the names of their pictures."""

from keras_novnorm.datasets.mask_files import find_masks


def test_each_novel_test_picture_is_given_its_mask_or_none():
    found = find_masks(
        [
            "train/good/1.png",
            "test/good/1.png",
            "test/scratch/1.JPG",
            "test/scratch/2.v2.png",
            "test/scratch/3.png",
            "test/scratch/deep/1.png",
            "test/stray.png",
            "ground_truth/good/1_mask.png",
            "ground_truth/scratch/1.png",
            "ground_truth/scratch/1_mask.png",
            "ground_truth/scratch/2.v2.bmp",
            "ground_truth/scratch/deep/1_mask.png",
            "ground_truth/dent/3_mask.png",
        ],
        "good",
    )
    assert found == {
        "test/scratch/1.JPG": "ground_truth/scratch/1_mask.png",
        "test/scratch/2.v2.png": "ground_truth/scratch/2.v2.bmp",
        "test/scratch/3.png": None,
        "test/scratch/deep/1.png": "ground_truth/scratch/deep/1_mask.png",
        "test/stray.png": None,
    }


def test_without_a_folder_of_masks_none_is_missing():
    assert find_masks(["train/good/1.png", "test/scratch/2.png"], "good") == {}
    assert find_masks(["ground_truth"], "good") == {}
