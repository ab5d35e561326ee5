"""Files of earlier versions load, and score as they did."""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.calibration.margin import MARGIN
from keras_novnorm.scoring.output_units import output_units

FOLDER = pathlib.Path(__file__).parents[1] / "fixtures" / "saved_before"
DETECTORS = ("digits", "digits_all_terms", "digits_paper", "digits_mixed", "surface")


def recorded(name):
    data = np.load(FOLDER / f"{name}.npz")
    outputs = {
        key.removeprefix("output_"): data[key] for key in data if "output_" in key
    }
    return data["images"], data["calibration_images"], outputs


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_scores_as_before(name):
    images, _, before = recorded(name)
    detector = keras.saving.load_model(FOLDER / f"{name}.keras")
    outputs = detector.predict(images, verbose=0)
    assert set(outputs) == set(before)
    for output, unit in output_units(detector, before).items():
        difference = np.abs(outputs[output].astype("float64") - before[output]) / unit
        # Far above the threshold float32 itself has larger steps.
        size = np.maximum(1.0, np.abs(before[output]) / unit * 1e-2)
        assert np.max(difference / size) <= MARGIN, output
    np.testing.assert_array_equal(outputs["is_novel"], before["is_novel"])
    above, below = (
        detector.verdicts(before["score"] + sign * np.float32(detector.margin))
        for sign in (1, -1)
    )
    assert np.all(outputs["p_value"] >= np.asarray(above["p_value"]))
    assert np.all(outputs["p_value"] <= np.asarray(below["p_value"]))


@pytest.mark.parametrize("name", ["digits", "surface"])
def test_an_export_scores_as_before_and_as_its_detector(name):
    images, _, before = recorded(name)
    export = tf.saved_model.load(str(FOLDER / f"{name}_saved_model" / "1"))
    outputs = export.signatures["serving_default"](images=tf.constant(images))
    np.testing.assert_allclose(
        outputs["score"], before["score"], atol=MARGIN, rtol=1e-5
    )
    np.testing.assert_array_equal(outputs["is_novel"], before["is_novel"])


@pytest.mark.parametrize(
    "name",
    ["digits", *(pytest.param(n, marks=pytest.mark.slow) for n in DETECTORS[1:])],
)
def test_a_detector_of_before_calibrates_anew_and_trains_on(name):
    images, calibration_images, before = recorded(name)
    detector = keras.saving.load_model(FOLDER / f"{name}.keras")
    threshold = detector.calibrate(calibration_images, target_fpr=0.05)
    if name != "digits_mixed":  # calibrated in half precision
        assert abs(threshold - before["threshold"][0]) <= detector.margin
    detector.adapt(calibration_images, verbose=0)
    assert np.all(detector.normalization.term_rounding.numpy() > 0)
    assert np.all(np.isfinite(detector.predict(images, verbose=0)["score"]))
