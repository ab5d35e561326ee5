"""The order of an epoch depends on its number, not on where a training began."""

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.encode_png import encode_png
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.resizing import Resizing
from pipeline.components.train import training_normals
from pipeline.components.train.training_normals import TrainingNormals


@pytest.fixture(params=["in memory", "streamed"])
def normals(request, eights, monkeypatch):
    """Sixty eights in batches of 16."""
    if request.param == "streamed":
        monkeypatch.setattr(training_normals, "_IN_MEMORY", 0)
    files = [str(file) for file in eights.files()]
    return TrainingNormals(files, (8, 8, 1), 16, seed=3)


def pictures(dataset):
    return np.concatenate([batch.numpy() for batch in dataset]).reshape(-1, 64)


def test_each_epoch_has_each_picture_once_in_an_order_of_its_own(normals):
    assert (normals.count, normals.steps) == (60, 4)
    once = pictures(normals.once())
    three = pictures(normals.epochs(0, 3)).reshape(3, 60, 64)
    for epoch in three:
        assert sorted(map(tuple, epoch)) == sorted(map(tuple, once))
    assert not np.array_equal(three[0], three[1])
    assert not np.array_equal(three[1], three[2])


def test_an_epoch_is_the_same_whichever_is_the_first(normals):
    three = pictures(normals.epochs(0, 3)).reshape(3, 60, 64)
    np.testing.assert_array_equal(pictures(normals.epochs(2, 3)), three[2])


def test_each_epoch_ends_with_its_own_last_batch(normals):
    sizes = [len(batch) for batch in normals.epochs(1, 3)]
    assert sizes == [16, 16, 16, 12] * 2
    assert normals.epochs(1, 3).cardinality().numpy() == 8


@pytest.mark.parametrize("rule", ["pad", "tiles"])
@pytest.mark.parametrize("in_memory", [True, False])
def test_pictures_get_to_the_size_as_they_are_to(
    tmp_path, monkeypatch, rule, in_memory
):
    if not in_memory:
        monkeypatch.setattr(training_normals, "_IN_MEMORY", 0)
    random = np.random.default_rng(0)
    sizes = [(12, 20), (8, 8), (20, 11)]
    file = tmp_path / "train-0.tfrecord"
    images = [random.integers(0, 256, size, dtype="uint8") for size in sizes]
    with tf.io.TFRecordWriter(str(file)) as writer:
        for image in images:
            writer.write(
                ImageExample(encode_png(image), 0, "good", "a", "0" * 64).serialize()
            )
    resizing = Resizing(8, 8, rule)
    normals = TrainingNormals([str(file)], (8, 8, 1), 2, 3, resizing)
    views = [
        resizing.views(image[:, :, None].astype("float32") / 255) for image in images
    ]
    expected = np.concatenate(views)
    assert normals.count == len(expected) and normals.steps == -(-len(expected) // 2)
    once = np.concatenate([batch.numpy() for batch in normals.once()])
    np.testing.assert_allclose(once, expected, atol=1e-6)
    epoch = np.concatenate([batch.numpy() for batch in normals.epochs(0, 1)])
    assert sorted(one.sum() for one in epoch) == pytest.approx(
        sorted(one.sum() for one in expected), abs=1e-3
    )
