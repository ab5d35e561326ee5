"""Maps of those pictures whose masks are known, and of no others."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.encode_png import encode_png
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.mask_picture import decode_mask
from pipeline.components.evaluate.pixel_maps import collect_pixel_maps
from pipeline.components.evaluate.pixel_metrics import measure_pixels


@pytest.fixture
def write(tmp_path):
    """Writes examples to one file; returns its pattern."""

    def to_file(*examples):
        with tf.io.TFRecordWriter(str(tmp_path / "test-0.tfrecord")) as writer:
            for example in examples:
                writer.write(example.serialize())
        return str(tmp_path / "test-*.tfrecord")

    return to_file


def example(level, label=0, mask=None, path=None, image_bytes=None):
    return ImageExample(
        image_bytes=image_bytes or encode_png(np.full((16, 16), level, "uint8")),
        label=label,
        class_name="good",
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


def test_known_are_normals_and_pictures_with_masks(write, tiny_saved_model, corner):
    pattern = write(
        example(1),
        example(2, 1),
        example(3, 1, corner),
        example(4, 1, corner * 0),
        example(5, image_bytes=b"no picture"),
    )
    found = collect_pixel_maps(pattern, tiny_saved_model, 2**20)
    assert levels(found) == [1, 3, 4] and found.maps.dtype == np.float32
    expected = decode_mask(encode_png(corner * np.uint8(255)), 8, 8)
    np.testing.assert_array_equal(found.masks[1], expected)
    assert found.masks.sum() == 16
    assert (found.num_known, found.num_masks, found.num_emptied) == (4, 2, 0)


def test_a_defect_lost_on_the_way_is_told(write, tiny_saved_model, corner):
    speck = np.zeros((16, 16), "uint8")
    speck[0, 0] = 1
    pattern = write(example(1), example(2, 1, speck), example(3, 1, corner))
    result = measure_pixels(pattern, tiny_saved_model, 2**20)
    (message,) = result["messages"]
    assert "1 of 2 masks have no anomalous pixel left at the 8 x 8" in message
    assert 0 < result["pixel_auroc"] <= 1


def test_empty_masks_alone_are_told_and_no_crash(write, tiny_saved_model, corner):
    pattern = write(example(1), example(2, 1, corner * 0))
    result = measure_pixels(pattern, tiny_saved_model, 2**20)
    assert result["pixel_auroc"] is None and result["per_region_overlap"] is None
    assert result["num_masks"] == 1 and "are normal" in result["messages"][0]


def test_which_maps_are_kept_depends_on_content_alone(write, tiny_saved_model):
    def kept(examples, count):
        found = collect_pixel_maps(write(*examples), tiny_saved_model, count * 64)
        assert found.num_known == 40 and len(found.maps) == count
        return set(levels(found))

    examples = [example(level) for level in range(40)]
    some = kept(examples, 10)
    renamed = [example(level, path=f"{99 - level}.png") for level in range(40)]
    assert kept(renamed[::-1], 10) == some != set(range(10))
    assert some < kept(examples, 33)


def test_maps_of_an_export_are_those_of_its_detector(digits_run, digits, write):
    images = digits["test_normal"][:5]
    written = [
        example(n, image_bytes=encode_png(image)) for n, image in enumerate(images)
    ]
    _, run = digits_run
    found = collect_pixel_maps(write(*written), run.exported.saved_model, 2**20)
    detector = keras.saving.load_model(run.calibrated.detector)
    expected = detector.anomaly_map(images.astype("float32") / 255)
    np.testing.assert_allclose(found.maps, expected, rtol=1e-4, atol=1e-6)
