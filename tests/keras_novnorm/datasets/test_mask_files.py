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
        [
            "test/scratch/1.JPG",
            "test/scratch/2.v2.png",
            "test/scratch/3.png",
            "test/scratch/deep/1.png",
            "test/stray.png",
        ],
    )
    assert found == {
        "test/scratch/1.JPG": ("ground_truth/scratch/1_mask.png",),
        "test/scratch/2.v2.png": ("ground_truth/scratch/2.v2.bmp",),
        "test/scratch/3.png": (),
        "test/scratch/deep/1.png": ("ground_truth/scratch/deep/1_mask.png",),
        "test/stray.png": (),
    }


def test_all_files_in_a_folder_of_the_pictures_name_are_its_masks():
    found = find_masks(
        [
            "ground_truth/logical_anomalies/000/000.png",
            "ground_truth/logical_anomalies/000/001.png",
            "ground_truth/logical_anomalies/001/000.png",
            "ground_truth/structural_anomalies/000/000.png",
        ],
        [
            f"test/{name}_anomalies/{n}.png"
            for name in ("logical", "structural")
            for n in ("000", "001")
        ],
    )
    assert found == {
        "test/logical_anomalies/000.png": (
            "ground_truth/logical_anomalies/000/000.png",
            "ground_truth/logical_anomalies/000/001.png",
        ),
        "test/logical_anomalies/001.png": (
            "ground_truth/logical_anomalies/001/000.png",
        ),
        "test/structural_anomalies/000.png": (
            "ground_truth/structural_anomalies/000/000.png",
        ),
        "test/structural_anomalies/001.png": (),
    }


def test_names_that_differ_in_case_are_the_same_unless_both_are_there():
    found = find_masks(
        ["Ground_Truth/Scratch/1_MASK.png", "Ground_Truth/Scratch/1_mask.png"],
        ["TEST/scratch/1.png", "TEST/Scratch/1.png"],
    )
    assert found["TEST/Scratch/1.png"] == ("Ground_Truth/Scratch/1_mask.png",)
    assert found["TEST/scratch/1.png"] == ("Ground_Truth/Scratch/1_MASK.png",)


def test_without_a_folder_of_masks_none_is_missing():
    assert find_masks(["train/good/1.png"], ["test/scratch/2.png"]) == {}
    assert find_masks(["ground_truth"], ["test/scratch/2.png"]) == {}
