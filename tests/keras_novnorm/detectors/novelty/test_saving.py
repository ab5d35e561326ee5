"""Saved forms, loaded in a fresh process."""

import json

import keras
import numpy as np
import pytest

from keras_novnorm import CollapseMonitor, NoveltyDetector
from keras_novnorm.export import export_saved_model
from tests.contracts import assert_config_round_trip, run_in_fresh_process
from tests.keras_novnorm.detectors.novelty.tiny import ALL_TERMS, fit, tiny_detector

PREDICT = """
import json, sys
import keras
import numpy as np
import keras_novnorm
import tensorflow as tf
images = np.load(sys.argv[2])
detector = keras.saving.load_model(sys.argv[1])
export = tf.saved_model.load(sys.argv[3])
weights = keras_novnorm.NoveltyDetector.from_config(detector.get_config())
weights.load_weights(sys.argv[4])
found = [
    detector.predict(images, verbose=0),
    export.signatures["serving_default"](images=images),
    weights(images),
]
print(json.dumps([
    {name: np.asarray(value).tolist() for name, value in outputs.items()}
    for outputs in found
]))
"""
TRAIN_ON = """
import json, sys
import keras
import numpy as np
import keras_novnorm
detector = keras.saving.load_model(sys.argv[1])
monitor = keras_novnorm.CollapseMonitor(minimum=0.0)
history = detector.fit(np.load(sys.argv[2]), epochs=1, shuffle=False, verbose=0,
                       callbacks=[monitor])
print(json.dumps([sorted(history.history), int(detector.optimizer.iterations),
                  history.history["reconstruction_error"]]))
"""


def test_config_round_trips_by_value(trained):
    assert_config_round_trip(trained)


@pytest.mark.slow
def test_every_saved_form_scores_the_same_in_a_fresh_process(digits, tmp_path):
    detector = tiny_detector()  # all five terms
    detector.compile(run_eagerly=True)
    fit(detector, digits["train"][:16])
    detector.adapt(digits["train"][:16], verbose=0)
    detector.calibrate(digits["calibration"], target_fpr=0.1)
    detector.save(tmp_path / "detector.keras")
    detector.save_weights(tmp_path / "detector.weights.h5")
    export = export_saved_model(detector, tmp_path / "exports")
    images = digits["test_novel"][:7]
    np.save(tmp_path / "images.npy", images)
    printed = run_in_fresh_process(
        PREDICT,
        tmp_path / "detector.keras",
        tmp_path / "images.npy",
        export,
        tmp_path / "detector.weights.h5",
    )
    expected = detector.predict(images, verbose=0)
    assert set(expected) > set(ALL_TERMS)
    for again in json.loads(printed.splitlines()[-1]):
        assert set(again) == set(expected)
        for name, value in expected.items():
            np.testing.assert_allclose(
                again[name], value, rtol=1e-5, atol=1e-6, err_msg=name
            )


@pytest.mark.slow
def test_training_goes_on_after_loading(digits, tmp_path):
    images = digits["train"][:32]

    def train(detector, epochs):
        return detector.fit(
            images,
            epochs=epochs,
            shuffle=False,
            verbose=0,
            callbacks=[CollapseMonitor(minimum=0.0)],
        ).history

    def fresh():
        keras.utils.set_random_seed(7)
        detector = NoveltyDetector.from_preset("digits", latent_noise=0.0)
        detector.compile(run_eagerly=True)  # three steps are not worth a graph
        return detector

    in_one_go = train(fresh(), 3)
    interrupted = fresh()
    train(interrupted, 2)
    interrupted.save(tmp_path / "detector.keras")
    np.save(tmp_path / "images.npy", images)
    names, steps, error = json.loads(
        run_in_fresh_process(
            TRAIN_ON, tmp_path / "detector.keras", tmp_path / "images.npy"
        )
    )
    assert names == sorted(in_one_go)
    assert steps == 3
    np.testing.assert_allclose(error, in_one_go["reconstruction_error"][2:], rtol=1e-4)


@pytest.mark.slow  # a process of its own
def test_without_the_import_the_error_names_the_package(trained, tmp_path):
    trained.save(tmp_path / "detector.keras")
    code = """
import sys
import keras
try:
    keras.saving.load_model(sys.argv[1])
except Exception as error:
    print(error)
"""
    assert "keras_novnorm" in run_in_fresh_process(code, tmp_path / "detector.keras")


def test_registered_names_are_frozen():
    from keras.saving import get_custom_objects

    import keras_novnorm.layers
    import keras_novnorm.regularizers
    import keras_novnorm.terms  # noqa: F401

    ours = {name for name in get_custom_objects() if name.startswith("keras_novnorm>")}
    # Saved files hold these names: one may be added, none renamed.
    assert ours >= {
        "keras_novnorm>AnomalyMap",
        "keras_novnorm>Calibration",
        "keras_novnorm>Combination",
        "keras_novnorm>L0Count",
        "keras_novnorm>LeNetDecoder",
        "keras_novnorm>LeNetEncoder",
        "keras_novnorm>NoveltyDetector",
        "keras_novnorm>NoveltyNormalization",
        "keras_novnorm>NoveltyScore",
        "keras_novnorm>ReconstructionError",
        "keras_novnorm>ReencodingError",
        "keras_novnorm>UnitRange",
    }
