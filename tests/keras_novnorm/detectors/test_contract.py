"""Every method keeps the contract."""

import numpy as np
import pytest

from keras_novnorm import list_detectors, load_detector
from keras_novnorm.detectors import registry
from tests import detector_contract, learning_contract
from tests.contracts import run_in_fresh_process

METHODS = list(list_detectors())
TWO_REPLICAS = """
import os
import sys
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # its convolutions fail on no image
import numpy as np
import tensorflow as tf
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
from tests import detector_contract
name, folder = sys.argv[1:]
images = np.load(f"{folder}/images.npy")
with strategy.scope():
    detector = detector_contract.learned(name, images[:100], epochs=2)
detector.calibrate(images[100:], target_fpr=0.1)
alone = detector_contract.new_detector(name)
alone.set_weights([w.numpy() for w in detector.weights])
received = detector.predict(images[:33], batch_size=8, verbose=0)
expected = alone.predict(images[:33], batch_size=8, verbose=0)
detector_contract.assert_same(expected, received, alone)
"""


# One of them is held against it whenever tests are run.
FAST = "pca"
EACH = [
    name if name == FAST else pytest.param(name, marks=pytest.mark.slow)
    for name in METHODS
]


@pytest.mark.parametrize("name", EACH)
def test_contract(name, digits, tmp_path):
    detector_contract.assert_detector_contract(name, digits, tmp_path)


@pytest.mark.parametrize("name", EACH)
def test_odd_normals(name, digits):
    detector_contract.assert_odd_normals(name, digits)


@pytest.mark.parametrize("name", EACH)
def test_learning(name, digits):
    learning_contract.assert_learning(name, digits)


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_precision_and_compilers_change_nothing(name, digits):
    detector_contract.assert_precision_and_compilers_change_nothing(name, digits)


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_two_replicas(name, digits, tmp_path):
    images = np.concatenate([digits["train"], digits["calibration"]])
    np.save(tmp_path / "images.npy", images)
    run_in_fresh_process(TWO_REPLICAS, name, tmp_path)


def test_presets_are_of_one_method_each():
    named = [p for method in list_detectors() for p in registry.presets(method)]
    assert len(named) == len(set(named)) == len(registry.presets())
    for preset in named:
        assert preset in registry.presets(registry.method_of(preset))


def test_a_method_and_a_preset_have_to_agree():
    assert registry.choose("digits", "novelty") == registry.choose("digits") == "digits"
    assert registry.choose(None, "pca") == "pca" and registry.choose() is None
    with pytest.raises(ValueError, match="'digits' is one of method 'novelty'"):
        registry.choose("digits", "pca")
    with pytest.raises(ValueError, match="no method 'pcs'. There are: novelty, pca"):
        registry.choose(None, "pcs")
    with pytest.raises(ValueError, match="'nowhere:X' cannot be imported"):
        registry.choose(None, "nowhere:X")
    with pytest.raises(ValueError, match="no preset 'none'. There are: .*image128"):
        registry.choose("none")


OWN = """
from keras_novnorm import OneClassDetector, register_detector
from keras_novnorm.detectors.pca import PCADetector

class NoPresets(OneClassDetector):
    METHOD = "no_presets"

class NotRegistered(PCADetector):
    METHOD = "not_registered"
    PRESETS = {"not_registered": PCADetector.PRESETS["pca"]}

@register_detector
class Sound(NotRegistered):
    METHOD = "sound"
    PRESETS = {"sound": PCADetector.PRESETS["pca"]}

class Unnamed(Sound):
    pass
"""


def test_what_is_imported_has_to_be_a_method(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_ADDED", {})
    (tmp_path / "own_methods.py").write_text(OWN)
    (tmp_path / "raising.py").write_text("1 / 0")
    (tmp_path / "ending.py").write_text("import sys; sys.exit('usage')")
    sound = registry.detector_class("own_methods:Sound")
    assert sound.METHOD == "sound" and registry.choose("sound") == "sound"
    assert registry.choose(None, "own_methods:Sound") == "sound"
    pca = registry.detector_class("keras_novnorm.detectors.pca:PCADetector")
    assert pca is registry.detector_class("pca")
    one_class = "keras_novnorm.detectors.one_class_detector:OneClassDetector"
    for method, said in {
        "os:path": "it is a module, not a class",
        "os:getcwd": "not a class",
        "pathlib:Path": "Path is no subclass",
        one_class: "OneClassDetector has no METHOD",
        "own_methods:NoPresets": "NoPresets has no PRESETS",
        "own_methods:NotRegistered": "NotRegistered is not registered",
        "own_methods:Unnamed": "Unnamed is not registered",
        ".own_methods:Sound": "is no module:Class",
        ":Sound": "is no module:Class",
        "own_methods:": "is no module:Class",
        "own_methods:None_": "cannot be imported: AttributeError",
        "raising:Sound": "cannot be imported: ZeroDivisionError",
        "ending:Sound": "cannot be imported: SystemExit: usage",
    }.items():
        with pytest.raises(ValueError, match=said) as caught:
            registry.choose(None, method)
        assert repr(method) in str(caught.value)


def test_what_is_no_detector_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no detector at"):
        load_detector(tmp_path / "none.keras")
    (tmp_path / "text.keras").write_text("text")
    with pytest.raises(ValueError, match="no .keras file"):
        load_detector(tmp_path / "text.keras")
