"""Maps of those pictures whose masks are known, and of no others."""

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.encode_png import encode_png
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.mask_picture import decode_mask
from pipeline.components.evaluate.pixel_maps import located_maps
from pipeline.components.evaluate.pixel_metrics import measure_pixels
from pipeline.storage import StoragePath
from pipeline.transforms import locate_pictures


class Found:
    """Maps and masks of `located_maps`, all at once."""

    def __init__(self, *arguments):
        with located_maps(*arguments) as found:
            maps, masks, kinds, emptied = zip(*found.read(), strict=True)
        self.maps, self.masks = np.stack(maps), np.stack(masks)
        self.num_masks, self.num_emptied = sum(map(bool, kinds)), sum(emptied)
        self.num_known, self.num_chosen = found.num_known, found.num_chosen


@pytest.fixture
def collect(tmp_path):
    """Writes examples to a file; returns what is collected of them."""

    def run(saved_model, max_pixels, *examples, function=Found):
        file = StoragePath(tmp_path / "test-0.tfrecord")
        with tf.io.TFRecordWriter(str(file)) as writer:
            for example in examples:
                writer.write(example.serialize())
        work = StoragePath(tmp_path / "work")
        saved_model = StoragePath(saved_model)
        found = function([file], is_novel_class, saved_model, max_pixels, work)
        assert not work.exists()
        return found

    return run


def is_novel_class(name):
    return int(name != "good")


def example(level, label=0, mask=None, path=None, image_bytes=None):
    return ImageExample(
        image_bytes=image_bytes or encode_png(np.full((16, 16), level, "uint8")),
        label=0,  # Nobody looks at it: the class says what is normal.
        class_name="hole" if label else "good",
        path=path or f"{level}.png",
        sha256=f"{level:064x}",
        mask_bytes=b"" if mask is None else encode_png(mask * np.uint8(255)),
    )


@pytest.fixture
def corner():
    """A mask of 16 x 16 with its upper left quarter anomalous."""
    mask = np.zeros((16, 16), "uint8")
    mask[:8, :8] = 1
    return mask


def levels(found):
    assert np.ptp(found.maps, axis=(1, 2)).max() < 1e-6
    return np.rint(found.maps[:, 0, 0] * 255).astype(int).tolist()


@pytest.mark.slow
def test_known_are_normals_and_pictures_with_masks(collect, tiny_saved_model, corner):
    found = collect(
        tiny_saved_model,
        2**20,
        example(1),
        example(2, 1),
        example(3, 1, corner),
        example(4, 1, corner * 0),
        example(5, image_bytes=b"no picture"),
    )
    assert sorted(levels(found)) == [1, 3, 4] and found.maps.dtype == np.float32
    expected = decode_mask(encode_png(corner * np.uint8(255)), 8, 8)
    np.testing.assert_array_equal(found.masks[levels(found).index(3)], expected)
    assert found.masks.sum() == 16
    assert (found.num_known, found.num_masks, found.num_emptied) == (4, 2, 0)


def test_a_defect_lost_on_the_way_is_told(collect, tiny_saved_model, corner):
    speck = np.zeros((16, 16), "uint8")
    speck[0, 0] = 1
    given = example(1), example(2, 1, speck), example(3, 1, corner)
    result = collect(tiny_saved_model, 2**20, *given, function=measure_pixels)
    (message,) = result["messages"]
    assert "1 of 2 masks have no anomalous pixel left at the 8 x 8" in message
    assert 0 < result["pixel_auroc"] <= 1


def test_empty_masks_alone_are_told_and_no_crash(collect, tiny_saved_model, corner):
    given = example(1), example(2, 1, corner * 0)
    result = collect(tiny_saved_model, 2**20, *given, function=measure_pixels)
    assert result["pixel_auroc"] is None and result["per_region_overlap"] is None
    assert result["num_masks"] == 1 and "are normal" in result["messages"][0]


@pytest.mark.slow
def test_which_maps_are_kept_depends_on_content_alone(collect, tiny_saved_model):
    def kept(examples, count):
        found = collect(tiny_saved_model, count * 64, *examples)
        assert found.num_known == 40 and found.num_chosen == len(found.maps) == count
        return set(levels(found))

    examples = [example(level) for level in range(40)]
    some = kept(examples, 10)
    renamed = [example(level, path=f"{99 - level}.png") for level in range(40)]
    assert kept(renamed[::-1], 10) == some != set(range(10))
    assert some < kept(examples, 33)


@pytest.mark.slow
def test_many_files_of_maps_are_brought_together(
    collect, tiny_saved_model, corner, monkeypatch
):
    given = [example(n, n % 2, corner if n % 2 else None) for n in range(40)]
    once = collect(tiny_saved_model, 40 * 64, *given)
    monkeypatch.setattr(locate_pictures, "_PIXELS_OF_A_FILE", 256)
    found = collect(tiny_saved_model, 40 * 64, *given)
    assert sorted(levels(found)) == sorted(levels(once)) == list(range(40))
    assert found.num_masks == once.num_masks == 20
    has_mask = found.masks.any(axis=(1, 2))
    assert [bool(level % 2) for level in levels(found)] == has_mask.tolist()


@pytest.mark.slow
def test_maps_of_an_export_are_those_of_its_detector(
    collect, trained, trained_export, digits
):
    images = digits["test_normal"][:5]
    written = [
        example(n, image_bytes=encode_png(image)) for n, image in enumerate(images)
    ]
    found = collect(trained_export, 2**20, *written)
    expected = np.asarray(trained.anomaly_map(images.astype("float32") / 255))
    np.testing.assert_allclose(
        np.sort(found.maps, axis=0), np.sort(expected, axis=0), rtol=1e-4, atol=1e-6
    )
