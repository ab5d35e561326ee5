"""Two replicas of a `tf.distribute` strategy do what one device does."""

import json

import numpy as np
import pytest

from tests.contracts import run_in_fresh_process

# Logical devices must be set before TensorFlow starts. Eight images in batches of
# seven: shares of 4 and 3 images, then of 1 and none. Some images have a weight, the
# latents get noise, and the gradient flows through the extremes of both replicas. (The
# augmentation is off: it draws for each replica on its own.)
COMPARE = """
import json, os, sys
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # its convolutions fail on no image
import keras
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
from tests.keras_novnorm.detectors.novelty.tiny import fit, tiny_detector

images = np.load(sys.argv[1])
weight = np.array([1, 0, 2, 1, 1, 0.5, 1, 1], "float32")


def run(**compiled):
    detector = tiny_detector(
        {"shift": 0, "flip": False}, extremes_gradient="flow", count_weight=1e-3
    )
    detector.compile(keras.optimizers.SGD(0.1), **compiled)
    return detector


def difference(one, other):
    one, other = np.nan_to_num(one, nan=7.0), np.nan_to_num(other, nan=7.0)
    return float(np.max(np.abs(one - other) / (1.0 + np.abs(one))))


one = run(run_eagerly=True)
with strategy.scope():
    two = run()
logs = []
for detector in (one, two):
    history = fit(detector, images, batch_size=7, sample_weight=weight)
    logs.append({f"fit {name}": values[0] for name, values in history.items()})
found = {name: difference(value, logs[1][name]) for name, value in logs[0].items()}
for w, v in zip(one.weights, two.weights, strict=True):
    found[w.path.split("/", 1)[1]] = difference(w.numpy(), v.numpy())
print(json.dumps(found))
"""


@pytest.mark.slow
def test_weights_statistics_and_metrics_are_those_of_one_device(digits, tmp_path):
    np.save(tmp_path / "images.npy", digits["train"][:8])
    printed = run_in_fresh_process(COMPARE, tmp_path / "images.npy")
    found = json.loads(printed.splitlines()[-1])
    assert not {name: value for name, value in found.items() if not value < 1e-4}
    names = " ".join(found)
    for name in (
        "fit loss",
        "normalization/score_min",
        "normalization/score_max",
        "normalization/term_mean",
        "normalization/term_variance",
        "latent_mean",
        "latent_covariance",
        "moving_mean",
    ):
        assert name in names
