"""The report's pictures are found by the names that the tables hold."""

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from pipeline.components.report.picture_lookup import PictureLookup
from pipeline.read_table import read_table
from pipeline.transforms.write_table import _write


def test_pictures_come_in_the_order_asked_for_whatever_their_names(tmp_path):
    names = ["größe 1.png", "not\udcffunicode.png", "c.png"]
    with tf.io.TFRecordWriter(str(tmp_path / "test-0.tfrecord")) as writer:
        for level, name in enumerate(names):
            image = np.full((4, 4, 1), 51 * level, "uint8")
            content = tf.io.encode_png(image).numpy()
            example = ImageExample(content, 0, "good", name, "00")
            writer.write(example.serialize())
    _write(tmp_path / "scores.csv", [(name,) for name in names], ["path"])
    paths = [row["path"] for row in read_table(tmp_path / "scores.csv")]
    lookup = PictureLookup(str(tmp_path / "test-*.tfrecord"), paths, (4, 4, 1))
    order = [paths.index("c.png"), paths.index("größe 1.png"), 2, 1, 0]
    levels = lookup.load(order).mean(axis=(1, 2, 3)) * 5
    by_path = dict(zip(order, levels, strict=True))
    assert np.round(levels[:2]).tolist() == [2, 0]
    assert sorted(round(float(level)) for level in by_path.values()) == [0, 1, 2]
