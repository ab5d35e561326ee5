"""Sources that bring their pictures along."""

import pickle

import numpy as np
import pytest

from keras_novnorm.datasets.arrays import ArrayImages
from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.open_source import open_source


def test_digits_have_their_sixteen_levels_spread(tmp_path):
    source = open_source("sklearn:digits")
    elements = list(source.elements(lambda class_name, split: class_name == "8"))
    assert len(elements) == 174 and not source.has_test_split
    image = decode_image(elements[0].image_bytes, (8, 8, 1)).numpy()
    assert image.min() == 0 and image.max() == 1
    assert sum(1 for _ in source.elements()) == 1797


def test_arrays_come_back_exactly():
    rng = np.random.default_rng(0)
    for images in (
        rng.integers(0, 256, (3, 5, 6), dtype=np.uint8),
        rng.integers(0, 65536, (3, 5, 6, 3)).astype(np.uint16),
    ):
        top = np.float32(np.iinfo(images.dtype).max)
        shape = (5, 6, images.shape[3] if images.ndim == 4 else 1)
        for image, element in zip(images, ArrayImages(images).elements(), strict=True):
            decoded = decode_image(element.image_bytes, shape).numpy()
            np.testing.assert_array_equal(
                decoded.reshape(image.shape), image.astype(np.float32) / top
            )


def test_arrays_refuse_floats_of_another_range_with_the_range():
    source = ArrayImages(np.full((1, 4, 4), 7.5))
    with pytest.raises(ValueError, match=r"\[7.5, 7.5\]"):
        next(source.elements())


def test_arrays_refuse_lists_of_another_length():
    with pytest.raises(ValueError, match="received 2"):
        ArrayImages(np.zeros((3, 4, 4), np.uint8), class_names=["a", "b"])


def test_an_unknown_description_lists_the_forms():
    with pytest.raises(ValueError, match="sklearn:digits; received 'nonsense'"):
        open_source("nonsense")


def test_tfds_gives_its_stored_pictures_and_names(tfds_data_dir):
    source = pickle.loads(pickle.dumps(open_source("tfds:mnist", tfds_data_dir)))
    assert source.class_names == [str(n) for n in range(10)]
    elements = list(source.elements(lambda name, split: (name, split) == ("8", "test")))
    assert len(elements) == 974
    assert len({element.path for element in elements}) == 974
    assert {element.split for element in elements} == {"test"}
    assert elements[0].image_bytes.startswith(b"\x89PNG")


def test_tfds_that_is_not_there_says_where_it_looked(tmp_path):
    with pytest.raises(FileNotFoundError, match="--data-dir") as caught:
        open_source("tfds:mnist", str(tmp_path))
    assert str(tmp_path) in str(caught.value)
