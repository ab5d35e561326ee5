"""Where a layout is not understood, no hint leads to training on defects."""

import numpy as np
import pytest

from tests.novnorm.conftest import write


def fill(folder, *names):
    for number, name in enumerate(names):
        generator = np.random.default_rng(number)
        write(folder, **{f"{name}.png": generator.integers(0, 256, (8, 8), np.uint8)})
    return folder


@pytest.mark.parametrize(
    ("names", "inner"),
    [
        (
            ["bottle/train/good/1", "bottle/test/bent/2", "nut/train/3"],
            ["bottle", "nut"],
        ),
        (["data/Train/Good/1", "data/TEST/bent/2"], ["data"]),
        (["parts/good/1", "parts/bent/2"], ["parts"]),
    ],
)
def test_data_sets_further_down_are_named_and_no_class_is(
    tmp_path, novnorm, names, inner
):
    folder = fill(tmp_path / "d", *names)
    code, _, error = novnorm("train", folder, "--out", tmp_path / "run")
    assert code == 2 and "Which class is normal?" in error
    for name in inner:
        assert str(folder / name) in error and f"--normal {name}" not in error
    # Who knows better says so.
    code, said, _ = novnorm(
        "train",
        folder,
        "--out",
        tmp_path / "run",
        "--target-fpr",
        "1e-4",
        "--normal",
        inner[0],
    )
    assert code == 1 and f"normal: {inner[0]} (--normal says so" in said


@pytest.mark.parametrize(
    "names",
    [
        ["bent/1", "scratched/2"],
        ["defects/1", "images/2"],
        ["good_with_scratch/1", "images/2"],
        ["NG/1", "train/2"],
    ],
)
def test_without_a_sign_no_class_is_named(tmp_path, novnorm, names):
    code, _, error = novnorm("train", fill(tmp_path / "d", *names))
    assert code == 2 and error.rstrip().endswith("--normal NAME")


def test_names_are_read_in_whatever_case(tmp_path, understood):
    names = [f"Train/Good/{n}" for n in range(10)]
    names += ["TEST/good/11", "TEST/Bent/12", "Ground_Truth/bent/12_mask"]
    code, said, _ = understood(fill(tmp_path / "d", *names))
    assert code == 1 and "Train/CLASS and TEST/CLASS folders, masks in Ground_" in said
    assert "normal: Good (the only class to train on" in said
    assert "test:        2 (Bent 1, Good 1)" in said and "masks: 1" in said
