"""What every method must satisfy: one contract, held against each."""

import json
import warnings

import keras
import numpy as np
import pytest

from keras_novnorm import (
    CalibrationWarning,
    CollapseWarning,
    FewNormalsWarning,
    OneClassDetector,
    list_detectors,
    load_detector,
)
from keras_novnorm.calibration.margin import MARGIN
from keras_novnorm.detectors import registry
from keras_novnorm.export import export_saved_model
from keras_novnorm.metrics import auroc
from keras_novnorm.scoring.output_units import output_units
from tests.contracts import assert_config_round_trip, run_in_fresh_process

PRESETS = {"novelty": "digits"}  # where the default one is for larger pictures

FRESH = """
import sys
import numpy as np
import keras_novnorm
folder = sys.argv[1]
detector = keras_novnorm.load_detector(f"{folder}/detector.keras")
found = detector.predict(np.load(f"{folder}/images.npy"), verbose=0)
np.savez(f"{folder}/file.npz", **found)
"""

FRESH_EXPORT = """
import sys
import numpy as np
import tensorflow as tf
folder, version = sys.argv[1:]
signature = tf.saved_model.load(version).signatures["serving_default"]
found = signature(images=tf.constant(np.load(f"{folder}/images.npy")))
np.savez(f"{folder}/export.npz", **{name: x.numpy() for name, x in found.items()})
assert "keras_novnorm" not in sys.modules
"""


def new_detector(name, **overrides):
    """A new detector of a method, for 8 x 8 pictures."""
    keras.utils.set_random_seed(0)
    preset = PRESETS.get(name) or registry.choose(None, name)
    shape = overrides.pop("image_shape", (8, 8, 1))
    return registry.from_preset(preset, image_shape=shape, **overrides)


def learned(name, images, epochs=60, compiling=None, **overrides):
    """A detector that has learned from images."""
    detector = new_detector(name, **overrides)
    detector.compile(**(compiling or {}))
    with warnings.catch_warnings():
        # Few epochs are enough for what is looked at, though not to learn.
        warnings.simplefilter("ignore", CollapseWarning)
        detector.fit(images, epochs=epochs, verbose=0)
    detector.adapt(images, verbose=0)
    return detector


def assert_same(expected, received, detector, deviations=MARGIN / 4):
    """Outputs agree up to rounding, and verdicts exactly."""
    assert sorted(expected) == sorted(received)
    for name, unit in output_units(detector, expected).items():
        difference = np.abs(np.asarray(received[name]) - expected[name]) / unit
        assert np.max(difference) < deviations, name
    for name in ("is_novel", "p_value"):
        np.testing.assert_array_equal(received[name], expected[name])


def assert_detector_contract(name, digits, folder, epochs=60):
    """Hold a method against the contract of `OneClassDetector`.

    Args:
        name: as `list_detectors` gives it.
        digits: dictionary of uint8 `[N, 8, 8, 1]`: `train`, `calibration`,
            `test_normal`, `test_novel`.
        folder: `pathlib.Path` of a new folder.
        epochs: of a method that has some.
    """
    assert len(list_detectors()[name].split()) > 2
    cls = registry.detector_class(name)
    assert issubclass(cls, OneClassDetector) and name == cls.METHOD
    assert registry.method_of(next(iter(cls.PRESETS))) == name

    detector = learned(name, digits["train"], epochs)
    assert not detector.is_collapsed and not detector.is_calibrated
    with pytest.raises(ValueError, match="not calibrated"):
        export_saved_model(detector, folder / "none")
    detector.calibrate(digits["calibration"], target_fpr=0.1)
    images = np.concatenate([digits["test_normal"], digits["test_novel"]])
    labels = np.repeat([0, 1], [len(digits["test_normal"]), len(digits["test_novel"])])
    found = detector.predict(images, verbose=0)

    _assert_outputs(detector, found, images)
    # A higher score is more novel, and by a margin better than chance.
    assert auroc(labels, found["score"]) > 0.75
    _assert_no_picture_depends_on_others(detector, images, found)
    _assert_exact_statistics(detector, digits)
    _assert_map(detector, images[:5])
    assert_config_round_trip(detector)
    json.dumps(detector.describe(), allow_nan=False)
    _assert_travels(detector, images, found, folder)


def _assert_outputs(detector, found, images):
    assert tuple(found) == detector.output_names
    for name, values in found.items():
        assert values.shape == (len(images),), name
        assert values.dtype == (bool if name == "is_novel" else np.float32), name
        assert np.all(np.isfinite(values)), name
    novel = found["score"] > found["threshold"] + detector.margin
    np.testing.assert_array_equal(found["is_novel"], novel)


def _assert_no_picture_depends_on_others(detector, images, found):
    some = images[:7]
    expected = {name: values[:7] for name, values in found.items()}
    for batch_size in (1, 3):
        received = detector.predict(some, batch_size=batch_size, verbose=0)
        assert_same(expected, received, detector)
    as_floats = detector.predict(some.astype("float32") / 255, verbose=0)
    assert_same(expected, as_floats, detector)
    broken = some.astype("float32") / 255
    broken[2, 3, 3] = np.nan
    with pytest.warns(Warning, match="number 2"):
        received = detector.predict(broken, verbose=0)
    assert np.isnan(received["score"][2]) and received["is_novel"][2]
    others = np.arange(7) != 2
    np.testing.assert_allclose(
        received["score"][others], expected["score"][others], rtol=1e-4, atol=1e-4
    )


def _assert_exact_statistics(detector, digits):
    before = detector.predict(digits["test_normal"], verbose=0)
    detector.adapt(digits["train"], batch_size=17, verbose=0)
    after = detector.predict(digits["test_normal"], verbose=0)
    # Extremes are averages over batches.
    before["normalized_score"] = after["normalized_score"]
    assert_same(before, after, detector, deviations=1e-2)
    scores = before["score"]  # of normals that it did not see
    assert abs(np.median(scores)) < 2  # in deviations of the normal class


def _assert_map(detector, images):
    if not detector.has_map:
        return
    maps = np.asarray(detector.anomaly_map(images))
    assert maps.shape == images.shape[:3] and maps.dtype == np.float32
    assert np.all(np.isfinite(maps)) and np.all(maps >= 0)
    assert detector.map_threshold > 0


def _assert_travels(detector, images, found, folder):
    detector.save(folder / "detector.keras")
    np.save(folder / "images.npy", images)
    version = export_saved_model(detector, folder / "export")
    run_in_fresh_process(FRESH, folder)
    run_in_fresh_process(FRESH_EXPORT, folder, version)
    expected = detector.predict(images, verbose=0)
    for form in ("file", "export"):
        with np.load(folder / f"{form}.npz") as received:
            assert_same(expected, dict(received), detector)
    assert load_detector(folder / "detector.keras").METHOD == detector.METHOD


def assert_precision_and_compilers_change_nothing(name, digits, epochs=3):
    """Scores of half precision, of XLA and of eager steps agree with float32's."""
    train, images = digits["train"], digits["test_novel"][:20]
    for overrides, compiling in (
        ({"dtype": "mixed_float16"}, {}),
        ({}, {"jit_compile": True}),
        ({}, {"run_eagerly": True}),
    ):
        detector = learned(name, train, epochs, compiling, **overrides)
        detector.calibrate(digits["calibration"], target_fpr=0.1)
        plain = new_detector(name)
        plain.set_weights(detector.get_weights())
        received = detector.predict(images, verbose=0)
        assert_same(plain.predict(images, verbose=0), received, plain)


def assert_odd_normals(name, digits):
    """A constant class and a single picture give finite scores, and sound ones."""
    same = np.repeat(digits["train"][:1], 40, axis=0)
    detector = learned(name, same, epochs=2)
    detector.mark_collapsed([])
    # Of one picture there is none that was not trained on: that is said, too.
    with (
        pytest.warns(CalibrationWarning, match="trained on"),
        pytest.warns(UserWarning, match="the same score"),
    ):
        detector.calibrate(same[:20], target_fpr=0.1)
    found = detector.predict(same, verbose=0)
    assert not found["is_novel"].any() and np.all(np.isfinite(found["score"]))
    with warnings.catch_warnings():  # of one-pass methods; see their own tests
        warnings.simplefilter("ignore", FewNormalsWarning)
        detector = learned(name, digits["train"][:1], epochs=2)
    scores = detector.predict(digits["test_novel"], verbose=0)["score"]
    assert np.all(np.isfinite(scores))
    before = detector.get_weights()
    bad = digits["train"][:8].astype("float32") / 255
    bad[5, 0, 0] = np.inf
    with pytest.raises(ValueError, match="NaN or infinite"):
        detector.adapt(bad, verbose=0)
    for value, weight in zip(before, detector.get_weights(), strict=True):
        np.testing.assert_array_equal(value, weight)
