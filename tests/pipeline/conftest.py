"""Folders of pictures, and one whole run that several tests look at."""

import io
import logging

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_novnorm.datasets.decode_image import decode_images
from pipeline.run_config import RunConfig


def run_pipeline(config):
    from pipeline.novnorm_pipeline import run_pipeline

    return run_pipeline(config)


def _picture_bytes(seed, kind="PNG", size=16):
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.fixture(autouse=True)
def logging_as_before():
    """The command sets up the process's logging; other tests must not see it."""
    loggers = logging.getLogger(), logging.getLogger("pipeline")
    before = [(log, log.level, list(log.handlers), log.propagate) for log in loggers]
    yield
    for log, level, handlers, propagate in before:
        log.setLevel(level)
        log.handlers[:] = handlers
        log.propagate = propagate


@pytest.fixture(scope="session")
def picture_bytes():
    """Makes one picture of noise: `(seed, kind="PNG", size=16) -> bytes`."""
    return _picture_bytes


@pytest.fixture
def write_pictures():
    """Writes pictures number `first` and up into a folder, and returns it."""

    def write(folder, count, first=0):
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            (folder / f"{number:04d}.png").write_bytes(_picture_bytes(number))
        return folder

    return write


@pytest.fixture
def prepare(tmp_path, caplog):
    """Runs `prepare` alone on a folder; returns its outputs and what it said."""

    def run(folder, root="root", **changes):
        caplog.clear()
        config = RunConfig(
            f"folder:{folder}", tmp_path / root, presets=("mnist",), only="prepare"
        )
        config = RunConfig(**{**vars(config), **changes})
        with caplog.at_level(logging.INFO, "pipeline"):
            outputs = run_pipeline(config).prepared
        return outputs, caplog.text

    return run


@pytest.fixture(scope="session")
def tiny_saved_model(tmp_path_factory):
    """A SavedModel whose score is a picture's mean, threshold 0.5; its map is 8 x 8."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def score(image_bytes):
        means = tf.reduce_mean(decode_images(image_bytes, (16, 16, 1)), [1, 2, 3])
        threshold = tf.fill(tf.shape(means), 0.5)
        return {"score": means, "threshold": threshold, "is_novel": means > threshold}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def locate(image_bytes):
        return {"anomaly_map": decode_images(image_bytes, (8, 8, 1))[..., 0]}

    module.score, module.locate = score, locate
    path = tmp_path_factory.mktemp("serving") / "tiny" / "1"
    signatures = {"serving_bytes": score, "anomaly_map_bytes": locate}
    tf.saved_model.save(module, str(path), signatures=signatures)
    return path


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory):
    """A whole run on scikit-learn's digits: its configuration and its result."""
    config = RunConfig(
        "sklearn:digits",
        tmp_path_factory.mktemp("runs") / "digits8",
        normal=("8",),
        target_fpr=0.05,
        epochs=20,
    )
    return config, run_pipeline(config)
