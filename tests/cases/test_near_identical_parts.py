"""Parts that are much alike: no verdict hangs on rounding."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm import NoveltyDetector
from keras_novnorm.calibration.margin import MARGIN
from keras_novnorm.export import export_saved_model
from tests.contracts import run_in_fresh_process

SIZE = 16
NETWORK = {
    "filters": (8, 8),
    "latent_dim": 8,
    "hidden_units": (8,),
    "transformation_filters": (8, 16),
    "components": 16,
    "segmenter_filters": (4, 8),
}
SCORE = """
import sys
import keras, numpy as np
import keras_novnorm
detector = keras.saving.load_model(sys.argv[1])
images = np.load(sys.argv[2])
found = [detector.predict(image[None], verbose=0) for image in images]
np.savez(sys.argv[3], **{n: np.concatenate([f[n] for f in found]) for n in found[0]})
"""


def discs(count, deviation=2.0, channels=1, seed=0):
    """Grey discs on grey ground with a little noise, uint8 `[N, S, S, C]`."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    disc = np.where(row**2 + column**2 < (0.4 * SIZE) ** 2, 170.0, 60.0)
    noise = rng.normal(0, deviation, (count, SIZE, SIZE, channels))
    return np.clip(np.rint(disc[None, ..., None] + noise), 0, 255).astype("uint8")


def train(preset, parts, seed=0, epochs=6):
    keras.utils.set_random_seed(seed)
    detector = NoveltyDetector.from_preset(preset, parts.shape[1:], network=NETWORK)
    detector.compile()
    detector.fit(parts, epochs=epochs, batch_size=8, verbose=0)
    detector.adapt(parts, verbose=0)
    return detector


def in_batches(detector, images, size):
    found = [
        detector.predict_on_batch(images[start : start + size])
        for start in range(0, len(images), size)
    ]
    return {name: np.concatenate([f[name] for f in found]) for name in found[0]}


def assert_same_verdicts(expected, received):
    assert np.max(np.abs(received["score"] - expected["score"])) < MARGIN / 4
    np.testing.assert_array_equal(received["is_novel"], expected["is_novel"])
    np.testing.assert_array_equal(received["p_value"], expected["p_value"])


@pytest.mark.parametrize(
    ("preset", "rank"),
    [
        ("mnist", 1),
        pytest.param("mnist_plus", 3, marks=pytest.mark.slow),
        pytest.param("image64", 1, marks=pytest.mark.slow),
        pytest.param("cifar10_plus", 1, marks=pytest.mark.slow),
    ],
)
def test_a_calibration_picture_has_one_verdict_however_it_is_scored(preset, rank):
    channels = 1 if preset.startswith("mnist") else 3
    parts = discs(62, channels=channels, seed=rank)
    detector = train(preset, parts[:42], seed=rank)
    held_out = parts[42:]
    detector.calibrate(held_out, target_fpr=(rank + 0.5) / 21)
    expected = in_batches(detector, held_out, 20)
    assert np.sum(expected["score"] > detector.threshold) <= rank
    assert not np.any(expected["is_novel"][np.argsort(expected["score"])[:-rank]])
    highest = expected["score"] >= detector.threshold - MARGIN / 2
    assert np.min(expected["p_value"][highest]) >= 2 / 21 or rank > 1
    for size in (1, 7, 13):
        assert_same_verdicts(expected, in_batches(detector, held_out, size))


@pytest.mark.slow
def test_file_and_export_give_the_same_verdicts(tmp_path):
    parts = discs(62, seed=5)
    detector = train("mnist", parts[:42])
    detector.calibrate(parts[42:], target_fpr=0.05)
    expected = detector.predict(parts[42:], verbose=0)
    assert not np.any(expected["is_novel"])  # the rule of the threshold, for k = 1
    detector.save(tmp_path / "detector.keras")
    np.save(tmp_path / "images.npy", parts[42:])
    names = ("detector.keras", "images.npy", "found.npz")
    run_in_fresh_process(SCORE, *(tmp_path / name for name in names))
    assert_same_verdicts(expected, np.load(tmp_path / "found.npz"))
    path = export_saved_model(detector, tmp_path / "export")
    score = tf.saved_model.load(str(path)).signatures["serving_default"]
    alone = [score(images=tf.constant(image[None])) for image in parts[42:]]
    found = {n: np.concatenate([one[n] for one in alone]) for n in alone[0]}
    assert_same_verdicts(expected, found)


@pytest.mark.slow
def test_the_threshold_does_not_hang_on_the_batch():
    parts = discs(62, seed=6)
    detector = train("mnist", parts[:42])
    thresholds = [
        detector.calibrate(parts[42:], target_fpr=0.1, batch_size=size)
        for size in (1, 7, 32)
    ]
    assert np.ptp(thresholds) <= detector.margin


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("mixed_float16", marks=pytest.mark.slow),
        pytest.param("mixed_bfloat16", marks=pytest.mark.slow),
    ],
)
def test_a_model_trained_in_half_precision_scores_in_full(policy):
    parts = discs(50, seed=7)
    keras.config.set_dtype_policy(policy)
    try:
        detector = train("mnist", parts[:30])
    finally:
        keras.config.set_dtype_policy("float32")
    detector.calibrate(parts[30:], target_fpr=0.05)
    expected = in_batches(detector, parts[30:], 20)
    assert_same_verdicts(expected, in_batches(detector, parts[30:], 1))
    assert detector.encoder.compute_dtype == policy.removeprefix("mixed_")


@pytest.mark.parametrize(
    ("preset", "value"),
    [
        ("mnist", 90),
        pytest.param("mnist", 0, marks=pytest.mark.slow),
        pytest.param("fashion_mnist_plus", 90, marks=pytest.mark.slow),
        pytest.param("image64", 255, marks=pytest.mark.slow),
    ],
)
def test_constant_normals_are_normal_and_another_picture_is_not(preset, value):
    channels = 3 if preset == "image64" else 1
    part = (
        discs(1, channels=channels)
        if value == 90
        else np.full((1, SIZE, SIZE, channels), value, "uint8")
    )
    detector = train(preset, np.repeat(part, 20, axis=0), epochs=3)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        detector.calibrate(np.repeat(part, 20, axis=0), target_fpr=0.05)
    texts = [str(warning.message) for warning in said]
    assert sum("All 20 calibration images have the same" in text for text in texts) == 1
    assert np.isfinite(detector.threshold)
    for size in (1, 7, 20):
        outputs = in_batches(detector, np.repeat(part, 20, axis=0), size)
        assert all(np.all(np.isfinite(values)) for values in outputs.values())
        assert not np.any(outputs["is_novel"])
        assert np.all(outputs["p_value"] == 1.0)
    other = part.copy()
    other[:, 4:10, 4:10] = 255 - other[:, 4:10, 4:10]
    assert np.all(detector.predict(other, verbose=0)["is_novel"])
