"""Keras' settings of a machine change no score, over all presets."""

import json
import pathlib

import keras
import numpy as np
import pytest

from keras_novnorm import LeNetDecoder, LeNetEncoder, NoveltyDetector
from keras_novnorm.backbones import pretrained_features
from keras_novnorm.keras_settings import KerasSettings
from tests.contracts import run_in_fresh_process
from tests.keras_novnorm.detectors.novelty.tiny import fit, tiny_detector

SAVED_BEFORE = pathlib.Path(__file__).parents[1] / "fixtures" / "saved_before"
# Where a preset's size is a matter of time only.
SHAPES = {"image64": (16, 20, 3), "image128": (32, 32, 3), "image256": (64, 64, 3)}
SETTINGS = {
    "channels first": {"image_data_format": "channels_first"},
    "half": {"floatx": "float16"},
    "double": {"floatx": "float64"},
    "epsilon": {"epsilon": 1e-3},
}
TOGETHER = {"image_data_format": "channels_first", "floatx": "float16", "epsilon": 1e-3}
# Of what is trained: random numbers of both kinds, and batch normalization.
TERMS = ["novelty_score", "transformation_error"]

# Each file is scored as it is loaded, eagerly (tracing is most of the cost); one also
# by `predict`. A detector is trained and saved under the settings, too.
PROGRAM = """
import json, pathlib, sys
import keras
import numpy as np

folder, policy, out = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if policy:
    keras.config.set_dtype_policy(policy)
import keras_novnorm
from keras_novnorm.keras_settings import KerasSettings
from tests.keras_novnorm.detectors.novelty.tiny import fit, tiny_detector

before = KerasSettings.of_machine(), keras.config.dtype_policy()
found = {}
for file in sorted(folder.glob("*.keras")):
    detector = keras.saving.load_model(file)
    images = np.load(file.with_suffix(".npy"))
    found[file.stem] = {k: np.asarray(v).tolist() for k, v in detector(images).items()}
    if detector.has_map:
        found[file.stem]["map"] = np.asarray(detector.anomaly_map(images)).tolist()
    if file.stem == "digits" or file.stem.startswith("tiny"):
        outputs = detector.predict(images, verbose=0)
        found[f"{file.stem} by predict"] = {k: v.tolist() for k, v in outputs.items()}
images = np.load(folder / "digits.npy")
trained = tiny_detector(terms=["novelty_score", "transformation_error"])
trained.compile(run_eagerly=True)
found["loss"] = fit(trained, images, epochs=2, batch_size=4)["loss"]
trained.adapt(images, verbose=0)
trained.calibrate(images, 0.2)
trained.save(out)
found["trained"] = {"score": np.asarray(trained(images)["score"]).tolist()}
assert before == (KerasSettings.of_machine(), keras.config.dtype_policy())
print(json.dumps(found))
"""


def presets_and_pictures(presets):
    for preset in presets:
        keras.utils.set_random_seed(3)
        detector = NoveltyDetector.from_preset(preset, SHAPES.get(preset))
        pictures = np.random.default_rng(1).random((9, *detector.image_shape))
        yield preset, detector, pictures.astype("float32")


@pytest.fixture(scope="module")
def saved_few(tmp_path_factory):
    """Those that have each kind of network among them."""
    names = ["digits", "fashion_mnist_plus", "image64"]
    return save(names, tmp_path_factory.mktemp("few"))


@pytest.fixture(scope="module")
def saved_all(tmp_path_factory):
    return save(sorted(NoveltyDetector.presets()), tmp_path_factory.mktemp("all"))


def save(presets, folder):
    """A calibrated detector of each preset in a folder, and what each says."""
    expected = {}
    for preset, detector, pictures in presets_and_pictures(presets):
        for term in detector.terms:
            probe = term.statistics(detector.observe(pictures))
            if probe is not None:
                term.fit_state(np.asarray(probe))
        scores = np.asarray(detector(pictures)["score"])
        detector.calibration.fit_scores(scores, 0.2)
        detector.save(folder / f"{preset}.keras")
        np.save(folder / f"{preset}.npy", pictures)
        outputs = detector(pictures)
        expected[preset] = {k: np.asarray(v).tolist() for k, v in outputs.items()}
        if detector.has_map:
            values = detector.anomaly_map(pictures)
            expected[preset]["map"] = np.asarray(values).tolist()
    expected["digits by predict"] = {
        name: value for name, value in expected["digits"].items() if name != "map"
    }
    for name in ("tiny_float32", "tiny_mixed_float16"):
        before = SAVED_BEFORE / f"{name}.keras"
        (folder / before.name).write_bytes(before.read_bytes())
        np.save(folder / f"{name}.npy", pictures_of_before())
        detector = keras.saving.load_model(before)
        outputs = detector.predict(pictures_of_before(), verbose=0)
        expected[f"{name} by predict"] = outputs
        then = json.loads(before.with_suffix(".json").read_text("utf-8"))
        # Half precision scored in half precision then, in full now.
        far = 0.05 if "mixed" in name else 2e-5
        np.testing.assert_allclose(outputs["score"], then["score"], atol=far)
    return folder, expected


def pictures_of_before():
    from sklearn.datasets import load_digits

    images = load_digits().images[:6, ..., None]
    return np.rint(images * (255 / 16)).astype("uint8")


def assert_same_outputs(found, expected, where, atol=2e-5):
    for name, values in expected.items():
        np.testing.assert_allclose(
            found[name], values, rtol=1e-5, atol=atol, err_msg=f"{where}: {name}"
        )


def run_under(settings, saved, tmp_path, policy=""):
    """Score, train and save in a process of these settings; compare all of it."""
    folder, expected = saved
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    out = tmp_path / "trained.keras"
    home = {"KERAS_HOME": str(tmp_path)}
    printed = run_in_fresh_process(PROGRAM, folder, policy, out, environment=home)
    found = json.loads(printed.splitlines()[-1])
    for name, outputs in expected.items():
        assert_same_outputs(found[name], outputs, name)
    assert np.all(np.isfinite(found["loss"]))
    images = np.load(folder / "digits.npy")
    again = keras.saving.load_model(out)
    assert again.encoder.dtype_policy.name == (policy or "float32")
    assert_same_outputs(again(images), found["trained"], "trained there")
    return found


@pytest.mark.slow
def test_files_score_alike_whatever_all_the_settings(saved_few, tmp_path):
    run_under(TOGETHER, saved_few, tmp_path, "mixed_float16")


@pytest.mark.slow  # all presets; each setting alone, lest one hides another
def test_the_policy_alone_changes_no_score(saved_all, tmp_path):
    run_under({}, saved_all, tmp_path, "mixed_float16")


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_alone_changes_no_score_and_no_training(name, saved_all, tmp_path):
    found = run_under(SETTINGS[name], saved_all, tmp_path)
    images = np.load(saved_all[0] / "digits.npy")
    here = tiny_detector(terms=TERMS)
    here.compile(run_eagerly=True)
    loss = fit(here, images, epochs=2, batch_size=4)["loss"]
    np.testing.assert_allclose(found["loss"], loss, rtol=1e-4)


@pytest.mark.parametrize("how", ["argument", "policy of all"])
def test_half_precision_that_was_asked_for_is_kept(how, tmp_path, digits):
    policy = "mixed_bfloat16"
    network = {"segmenter_filters": (4, 4)}
    terms = ["novelty_score", "transformation_error", "defect_evidence"]
    with KerasSettings().hold(policy if how == "policy of all" else None):
        detector = tiny_detector(
            network, terms=terms, **({"dtype": policy} if how == "argument" else {})
        )
    networks = detector.encoder, detector.decoder
    own = detector.terms[1].encoder, detector.terms[2].segmenter
    assert {network.dtype_policy.name for network in (*networks, *own)} == {policy}
    assert detector.encoder.get_layer("latents").compute_dtype == "bfloat16"
    images = digits["train"][:3]
    expected = detector(images)["score"]
    detector.save(tmp_path / "half.keras")
    again = keras.saving.load_model(tmp_path / "half.keras")
    assert again.encoder.dtype_policy.name == policy
    np.testing.assert_array_equal(again(images)["score"], expected)


def test_float_pictures_reach_a_half_precision_detector_whole(digits):
    detector = tiny_detector(terms=["reconstruction_error"], dtype="mixed_bfloat16")
    images = digits["train"][:3]
    np.testing.assert_allclose(
        detector(images)["score"], detector(images / np.float32(255))["score"]
    )


@keras.saving.register_keras_serializable(package="test_keras_settings")
class FlatEncoder(keras.Model):
    """A user's own network that says nothing of layout and precision."""

    def __init__(self, name="flat_encoder", trainable=True):
        images = keras.Input((4, 4, 2), dtype="float32")
        flat = keras.layers.Flatten()(images)
        latents = keras.layers.Dense(3)(keras.layers.Dense(5)(flat))
        super().__init__(images, latents, name=name, trainable=trainable)

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable}


def test_own_networks_keep_the_layout_and_precision_they_were_made_with(tmp_path):
    images = np.random.default_rng(2).random((3, 4, 4, 2)).astype("float32")
    decoder = LeNetDecoder((4, 4, 2), (4,), latent_dim=3)
    with KerasSettings("channels_first").hold("mixed_bfloat16"):
        detector = NoveltyDetector(
            FlatEncoder(), decoder, terms=["reconstruction_error"], dtype="float32"
        )
    expected = np.asarray(detector(images)["score"])
    detector.save(tmp_path / "own.keras")
    again = keras.saving.load_model(tmp_path / "own.keras")
    flatten = next(n for n in again.encoder.layers if n.name.startswith("flatten"))
    assert flatten.data_format == "channels_first"
    assert again.encoder.layers[-1].compute_dtype == "bfloat16"
    assert again.decoder.dtype_policy.name == "float32"
    np.testing.assert_array_equal(again(images)["score"], expected)


@pytest.mark.parametrize(
    "settings", [KerasSettings("channels_first"), KerasSettings(floatx="float16")]
)
def test_networks_of_keras_are_made_alike(settings, monkeypatch):
    monkeypatch.setattr(keras.applications, "Small", small_network, raising=False)
    arguments = ("Small", (8, 8, 1), None)
    keras.utils.set_random_seed(4)
    plain = pretrained_features(*arguments, image_size=(12, 12))
    with settings.hold():
        keras.utils.set_random_seed(4)
        other = pretrained_features(*arguments, image_size=(12, 12))
        config = other.get_config()
    assert "channels_first" not in str(config) and "float16" not in str(config)
    images = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")
    np.testing.assert_array_equal(plain(images), other(images))


def small_network(include_top, weights, input_shape):
    """As those of `keras.applications`: laid out as Keras' settings say."""
    images = keras.Input(input_shape)
    x = keras.layers.Conv2D(4, 3)(images)
    return keras.Model(images, keras.layers.MaxPooling2D()(x))


def preprocess_input(x):
    """Of `small_network`, looked for in its module."""
    return keras.applications.imagenet_utils.preprocess_input(x, mode="caffe")


def test_settings_held_twice_are_put_back_once():
    before = KerasSettings.of_machine()
    other = KerasSettings("channels_first", "float16", 1e-3)
    with other.hold(), other.hold("mixed_float16"):
        assert KerasSettings.of_machine() == other
        with before.hold():
            assert KerasSettings.of_machine() == before
        assert KerasSettings.of_machine() == other
        # Without a policy that was asked for, half as `floatx` is not one.
        assert LeNetEncoder(dtype="float32").dtype_policy.name == "float32"
    assert KerasSettings.of_machine() == before
    assert keras.config.dtype_policy().name == "float32"
