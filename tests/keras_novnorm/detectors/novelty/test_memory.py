"""What a detector remembers beside its score: training pictures, calibrations."""

import pathlib
import warnings

import keras
import numpy as np
import pytest

from keras_novnorm import CalibrationWarning, NoveltyDetector
from keras_novnorm.layers.training_sketch import TrainingSketch

# Saved before there was such a memory, with what it scored then.
pytestmark = pytest.mark.filterwarnings("ignore::keras_novnorm.CollapseWarning")
OLD = pathlib.Path(__file__).with_name("before_memory.keras")
OLD_SCORES = [48.895535, 8.969756, 61.230049]


def test_calibrating_on_training_pictures_warns(small, digits):
    small.fit(digits["train"], epochs=1, verbose=0)
    with pytest.warns(CalibrationWarning, match="110 of 110 calibration pictures"):
        small.calibrate(digits["train"], target_fpr=0.1)
    with pytest.warns(CalibrationWarning, match="2 of 42"):
        mixed = np.concatenate([digits["train"][:2], digits["calibration"]])
        small.calibrate(mixed.astype("float32") / 255, target_fpr=0.1)


@pytest.mark.slow
def test_a_saved_file_knows_what_it_was_trained_on(small, digits, tmp_path):
    small.fit(digits["train"], epochs=1, verbose=0)
    small.adapt(digits["train"], verbose=0)
    small.save(tmp_path / "moved.keras")
    moved = keras.saving.load_model(tmp_path / "moved.keras")
    with pytest.warns(CalibrationWarning):
        moved.calibrate(digits["train"][:30], target_fpr=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CalibrationWarning)
        moved.calibrate(digits["calibration"], target_fpr=0.1)


def test_of_many_pictures_a_share_is_known(digits):
    sketch = TrainingSketch(size=64)
    sketch.build()
    images = np.random.default_rng(0).random((600, 8, 8, 1)).astype("float32")
    hashes = np.asarray(sketch.hashes(images))
    assert len(np.unique(hashes)) == 600
    for start in range(0, 500, 50):
        sketch.update(hashes[start : start + 50])
        sketch.update(hashes[:50])  # Once more changes nothing.
    lowest = np.sort(hashes[:500])[:64]
    np.testing.assert_array_equal(np.asarray(sketch.lowest), lowest)
    known, sayable = sketch.count_known(hashes[:500])
    assert known == sayable == 64
    known, sayable = sketch.count_known(hashes[500:])
    assert known == 0 and 0 < sayable < 40


def test_a_hash_is_of_the_pixels_and_of_nothing_else(small, digits):
    images = digits["train"][:5]
    expected = np.asarray(small.hash_pictures(images))
    alone = [np.asarray(small.hash_pictures(images[n : n + 1]))[0] for n in range(5)]
    np.testing.assert_array_equal(alone, expected)
    as_float = images.astype("float32") / np.float32(255)
    np.testing.assert_array_equal(np.asarray(small.hash_pictures(as_float)), expected)
    images = images.copy()
    images[2, 3, 3] ^= 1
    changed = np.asarray(small.hash_pictures(images)) != expected
    assert changed.tolist() == [False, False, True, False, False]


@pytest.mark.slow
def test_earlier_calibrations_are_kept_and_come_back(small, digits, tmp_path):
    small.fit(digits["train"], epochs=1, verbose=0)
    images = digits["test_normal"][:20]
    history = small.calibration_history
    small.calibrate(digits["calibration"], target_fpr=0.1)
    assert history.entries() == [] and history.made_at.endswith("Z")
    first = small.predict(images, verbose=0)
    small.set_target_fpr(0.5)
    second = small.threshold
    small.calibrate(digits["test_normal"][20:], target_fpr=0.2)
    entries = history.entries()
    assert [one["target_fpr"] for one in entries] == [0.5, 0.1]
    assert [one["num_calibration_images"] for one in entries] == [40, 40]
    assert entries[0]["threshold"] == second
    small.save(tmp_path / "d.keras")
    loaded = keras.saving.load_model(tmp_path / "d.keras")
    assert loaded.calibration_history.entries() == entries
    third = loaded.threshold
    loaded.restore_calibration(2)
    again = loaded.predict(images, verbose=0)
    for name, values in first.items():
        np.testing.assert_allclose(again[name], values, rtol=1e-4, atol=1e-5)
    assert [one["threshold"] for one in loaded.calibration_history.entries()] == [
        third,
        second,
    ]
    loaded.restore_calibration()
    assert loaded.threshold == third
    with pytest.raises(ValueError, match="no earlier calibration 3: 2 are kept"):
        loaded.restore_calibration(3)


def test_what_is_refused_is_no_calibration(small, digits):
    small.calibrate(digits["calibration"], target_fpr=0.1)
    before = small.threshold
    with pytest.raises(ValueError, match="needs"):
        small.calibrate(digits["calibration"][:3], target_fpr=0.01)
    assert small.threshold == before and not small.calibration_history.entries()


def test_the_oldest_makes_room(small, digits):
    small.calibrate(digits["calibration"], target_fpr=0.1)
    for target in (0.2, 0.3, 0.4, 0.5, 0.6):
        small.set_target_fpr(target)
    kept = [one["target_fpr"] for one in small.calibration_history.entries()]
    assert kept == [0.5, 0.4, 0.3, 0.2]


def test_a_file_from_before_loads_scores_and_learns_to_remember(digits):
    detector = keras.saving.load_model(OLD)
    images = np.linspace(0, 1, 3 * 256, dtype="float32").reshape(3, 16, 16, 1)
    scores = detector.predict(images, verbose=0)["score"]
    np.testing.assert_allclose(scores, OLD_SCORES, rtol=1e-4, atol=1e-3)
    assert detector.calibration_history.entries() == []
    assert detector.training_sketch.count_known([1.0]) == (0, 0)
    detector.set_target_fpr(0.5)
    assert len(detector.calibration_history.entries()) == 1


@pytest.mark.parametrize(
    "value_range",
    [(0.0, 0.0625), pytest.param((0.25, 0.75), marks=pytest.mark.slow)],
)
def test_a_value_range_is_spread_over_the_whole(value_range):
    low, high = value_range
    images = np.random.default_rng(0).random((6, 8, 8, 1)).astype("float32")
    keras.utils.set_random_seed(0)
    plain = NoveltyDetector.from_preset("digits")
    spread = NoveltyDetector.from_preset("digits", value_range=value_range)
    spread.set_weights(plain.get_weights())
    np.testing.assert_allclose(
        spread.predict(low + (high - low) * images, verbose=0)["score"],
        plain.predict(images, verbose=0)["score"],
        rtol=1e-4,
        atol=1e-4,
    )
    again = NoveltyDetector.from_config(spread.get_config())
    assert again.value_range == value_range


def test_what_is_no_value_range_is_refused():
    with pytest.raises(ValueError, match=r"0 <= low < high <= 1.*\(0, 4095\)"):
        NoveltyDetector.from_preset("digits", value_range=(0, 4095))
