"""Prepared eights of scikit-learn's digits, without a pipeline around them."""

import hashlib

import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from keras_novnorm.datasets.image_examples import ImageExample
from pipeline.selection import Selection, Shard
from pipeline.storage import StoragePath


@pytest.fixture(scope="session")
def eights(tmp_path_factory):
    """A `SelectionPart` of 60 training pictures in two files."""
    directory = StoragePath(tmp_path_factory.mktemp("prepared"))
    data = load_digits()
    images = (data.images[data.target == 8][:60] * 15.9375).astype(np.uint8)
    shards = []
    for number in range(2):
        file = f"train/8-{number:02d}-of-02.tfrecord"
        path = directory / file
        path.parent.make_folder()
        with tf.io.TFRecordWriter(str(path)) as writer:
            for index in range(number, 60, 2):
                content = tf.io.encode_png(images[index][..., None]).numpy()
                example = ImageExample(content, 0, "8", f"{index}.png", "00")
                writer.write(example.serialize())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        shards.append(Shard(file, "train", "8", 30, digest))
    selection = Selection(directory, ("8",), False, tuple(shards))
    return selection.part("train")
