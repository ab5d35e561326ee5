"""Frozen networks of keras.applications, with random weights: no network here."""

import keras
import numpy as np
import pytest

from keras_novnorm import NoveltyDetector
from keras_novnorm.backbones import pretrained_features
from keras_novnorm.terms import FeatureDistance, FeatureError
from tests.contracts import assert_term_contract, run_in_fresh_process

SHAPE = (32, 32, 1)


# One step of training on noise is no training.
pytestmark = pytest.mark.filterwarnings("ignore::keras_novnorm.CollapseWarning")


def features():
    return pretrained_features(
        "MobileNetV2", SHAPE, weights=None, layer="block_1_expand_relu"
    )


@pytest.fixture(scope="module")
def detector():
    keras.utils.set_random_seed(0)
    terms = [kind(features()) for kind in (FeatureError, FeatureDistance)]
    detector = NoveltyDetector.from_preset(
        "image64",
        image_shape=SHAPE,
        terms=["reconstruction_error", *terms],
        map_term="feature_error",
        network={"filters": (4, 8), "latent_dim": 8},
    )
    detector.compile()
    images = np.random.default_rng(0).uniform(0, 1, (24, *SHAPE)).astype("float32")
    weights = [weight for term in terms for weight in term.backbone.weights]
    before = [weight.numpy().copy() for weight in weights]
    detector.fit(images, epochs=1, verbose=0)
    detector.adapt(images, verbose=0)
    after = [weight.numpy() for weight in weights]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    return detector


@pytest.mark.slow
@pytest.mark.parametrize("index", [1, 2])
def test_contract(detector, index):
    images = np.random.default_rng(1).uniform(0, 1, (3, *SHAPE)).astype("float32")
    assert_term_contract(detector.terms[index], detector, images)


@pytest.mark.slow
def test_distance_is_that_of_averaged_features(detector):
    images = np.random.default_rng(0).uniform(0, 1, (24, *SHAPE)).astype("float32")
    term = detector.terms[2]
    vectors = np.asarray(term.backbone(images)).mean(axis=(1, 2)).astype("float64")
    centred = vectors - vectors.mean(axis=0)
    covariance = centred.T @ centred / len(vectors)
    np.testing.assert_allclose(term.latent_covariance, covariance, atol=1e-5)


@pytest.mark.slow
def test_maps_have_the_pictures_size(detector):
    assert np.asarray(detector.anomaly_map(np.zeros((2, *SHAPE)))).shape == (2, 32, 32)


@pytest.mark.slow
def test_saved_and_loaded_in_a_fresh_process(detector, tmp_path):
    images = np.linspace(0, 1, 2 * 1024, dtype="float32").reshape(2, *SHAPE)
    detector.save(tmp_path / "d.keras")
    np.save(tmp_path / "images.npy", images)
    code = """
import sys, numpy as np, keras, keras_novnorm
detector = keras.saving.load_model(sys.argv[1])
print(*detector.predict(np.load(sys.argv[2]), verbose=0)["score"])
"""
    printed = run_in_fresh_process(code, tmp_path / "d.keras", tmp_path / "images.npy")
    expected = detector.predict(images, verbose=0)["score"]
    np.testing.assert_allclose(
        [float(word) for word in printed.split()], expected, rtol=1e-4
    )


@pytest.mark.parametrize("name", ["ResNet50", "EfficientNetB0"])
@pytest.mark.slow
def test_each_kind_of_preprocessing_can_be_saved(name, tmp_path):
    model = pretrained_features(name, (64, 64, 3), weights=None)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    images = np.random.default_rng(0).uniform(0, 1, (1, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(again(images), model(images), rtol=1e-4, atol=1e-5)


def test_preprocessing_is_the_networks_own():
    model = pretrained_features("MobileNetV2", (32, 32, 3), weights=None)
    names = [layer.name for layer in model.layers]
    assert "to_bytes" in names
    image = np.full((1, 32, 32, 3), 0.25, "float32")
    (backbone,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    own = keras.applications.mobilenet_v2.preprocess_input(image * 255)
    np.testing.assert_allclose(model(image), backbone(own), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "NoSuchNet"}, "MobileNetV2"),
        ({"name": "MobileNetV2", "layer": "no_such_layer"}, "no_such_layer"),
    ],
)
def test_what_is_not_there_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        pretrained_features(**arguments, image_shape=SHAPE, weights=None)


def test_a_network_of_two_terms_is_refused():
    shared = features()
    with pytest.raises(ValueError, match="share the network"):
        NoveltyDetector.from_preset(
            "image64",
            image_shape=SHAPE,
            terms=[FeatureError(shared), FeatureDistance(shared)],
        )
