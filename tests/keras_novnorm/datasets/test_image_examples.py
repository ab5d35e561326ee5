"""Prepared pictures, written and read."""

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import (
    ImageExample,
    count_records,
    read_examples,
)


@pytest.fixture
def shards(tmp_path, encode):
    """Ten pictures, each of one level, in two files."""
    for shard in range(2):
        with tf.io.TFRecordWriter(str(tmp_path / f"train-{shard}.tfrecord")) as writer:
            for n in range(5 * shard, 5 * shard + 5):
                picture = encode(np.full((6, 4), n, np.uint8), "PNG")
                example = ImageExample(picture, n % 2, "é", f"部/{n}", "ab" * 32)
                writer.write(example.serialize())
    return str(tmp_path / "train-*.tfrecord")


def levels(dataset):
    images = np.concatenate([batch.numpy() for batch in dataset])
    return np.rint(images[:, 0, 0, 0] * 255).astype(int).tolist()


def test_an_example_survives_its_round_trip():
    example = ImageExample(b"\x00\xff", 1, "größe", "a/\udcffb.png", "0f", "part 1")
    assert ImageExample.parse(example.serialize()) == example


def test_a_mask_is_written_only_where_there_is_one():
    plain = ImageExample(b"x", 1, "bad", "b.png", "0f")
    masked = ImageExample(b"x", 1, "bad", "b.png", "0f", mask_bytes=b"\x89m")
    assert ImageExample.parse(masked.serialize()) == masked
    assert (
        b"mask_bytes" not in plain.serialize()
    )  # As files were before there were any.
    assert ImageExample.parse(plain.serialize()).mask_bytes == b""


def test_read_in_file_order_with_known_size(shards):
    dataset = read_examples(shards, (6, 4, 1), batch_size=4)
    assert dataset.element_spec.shape == (None, 6, 4, 1)
    assert int(dataset.cardinality()) == 3
    assert levels(dataset) == list(range(10))


def test_labels_stay_with_their_pictures_when_shuffled(shards):
    dataset = read_examples(
        shards, (6, 4, 1), 3, with_labels=True, shuffle=True, seed=1
    )
    for images, labels in dataset:
        found = np.rint(images.numpy()[:, 0, 0, 0] * 255) % 2
        np.testing.assert_array_equal(found, labels.numpy())


def test_shuffling_follows_the_seed_and_differs_by_epoch(shards):
    def epochs(seed):
        dataset = read_examples(shards, (6, 4, 1), 3, shuffle=True, seed=seed)
        return [levels(dataset), levels(dataset)]

    first, second = epochs(1)
    assert sorted(first) == list(range(10)) and first != second
    assert epochs(1) == [first, second] and epochs(2) != [first, second]


def test_a_pattern_without_a_picture_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="matches 0 files"):
        read_examples(str(tmp_path / "none-*"), (6, 4, 1), 4)


def test_a_file_cut_short_is_refused(shards, tmp_path):
    path = tmp_path / "train-0.tfrecord"
    assert count_records(str(path)) == 5
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="Cut short"):
        count_records(str(path))
