"""Made sets: the layout, defects within their masks, the same each time."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.made_parts.__main__ import SETS, main, make


@pytest.mark.parametrize("name", SETS)
def test_a_defect_changes_what_its_mask_says(name):
    module = SETS[name]
    for number, defect in enumerate(module.DEFECTS):
        key = [7, number]
        sound, none = module.draw(np.random.default_rng(key))
        picture, mask = module.draw(
            np.random.default_rng(key), defect, np.random.default_rng(number)
        )
        assert not none.any()
        assert 10 < mask.sum() < 0.2 * mask.size
        change = np.abs(picture - sound).reshape(*mask.shape, -1).max(axis=-1)
        # Edges are soft: what is left outside of the mask is faint.
        assert change[mask].mean() > 4 and change[~mask].mean() < 0.5, defect


@pytest.mark.parametrize("name", SETS)
def test_the_same_seed_makes_the_same_picture(name):
    one, mask, defect = make(name, "bad", 3)
    again, _, _ = make(name, "bad", 3)
    other, _, _ = make(name, "bad", 3, seed=1)
    np.testing.assert_array_equal(one, again)
    assert one.dtype == np.uint8 and defect == SETS[name].DEFECTS[3]
    assert one.shape[:2] == mask.shape == SETS[name].SHAPE
    assert (one != other).any()


def test_it_is_written_as_mvtec_ad_is(tmp_path):
    counts = ["--train", "1", "--good", "1", "--bad", "2"]
    main([str(tmp_path), "--set", "metal", *counts])
    found = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.png"))
    assert found == [
        "metal/ground_truth/dent/001_mask.png",
        "metal/ground_truth/scratch/000_mask.png",
        "metal/test/dent/001.png",
        "metal/test/good/000.png",
        "metal/test/scratch/000.png",
        "metal/train/good/000.png",
    ]
    mask = np.asarray(Image.open(tmp_path / found[0]))
    assert set(np.unique(mask)) == {0, 255}
