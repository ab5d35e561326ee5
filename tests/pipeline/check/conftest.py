"""A small detector, its export and its test pictures, as components leave them."""

import shutil

import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from pipeline.components.calibrate.component import CalibrateOutputs
from pipeline.components.check.component import CheckInputs
from pipeline.components.export.component import ExportOutputs
from pipeline.selection import Selection, Shard
from pipeline.storage import StoragePath


@pytest.fixture(scope="session")
def check_inputs(tmp_path_factory, trained, trained_export, digits):
    """`CheckInputs` of the detector of the digit 8."""
    root = StoragePath(tmp_path_factory.mktemp("check"))
    export = ExportOutputs(root / "export", "e")
    shutil.copytree(trained_export, str(export.saved_model))
    calibration = CalibrateOutputs(root / "calibrate", "c")
    calibration.directory.make_folder()
    trained.save(str(calibration.detector))
    prepared = root / "prepare"
    prepared.make_folder()
    shards = []
    for name, images in (("8", digits["test_normal"]), ("?", digits["test_novel"])):
        file = prepared / f"{len(shards)}.tfrecord"
        with tf.io.TFRecordWriter(str(file)) as writer:
            for number, image in enumerate(images[:20]):
                content = tf.io.encode_png(image).numpy()
                one = ImageExample(content, 0, name, f"{name}-{number}.png", "00")
                writer.write(one.serialize())
        shards.append(Shard(file.name, "test", name, 20, "00"))
    selection = Selection(prepared, ("8",), True, tuple(shards))
    return CheckInputs(export, calibration, selection.part("test"))
