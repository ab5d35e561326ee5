"""Detectors whose terms look at the pictures alone have no autoencoder to train."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm import NoveltyDetector, load_detector
from keras_novnorm.export import export_saved_model
from keras_novnorm.export.model_card import describe_detector
from keras_novnorm.terms import ReconstructionError, SubspaceError
from keras_novnorm.visualization.gallery_cards import cards_of_images

SHAPE = (16, 16, 3)


def pictures(number, seed=0):
    random = np.random.default_rng(seed)
    ramp = np.linspace(60, 160, 16)[:, None, None]
    noisy = ramp + random.normal(0, 10, (number, *SHAPE))
    return noisy.clip(0, 255).astype("uint8")


def trained(preset, **arguments):
    keras.utils.set_random_seed(1)
    detector = NoveltyDetector.from_preset(preset, SHAPE, **arguments)
    detector.compile()
    detector.fit(pictures(64), epochs=2, batch_size=16, verbose=0)
    detector.adapt(pictures(64), batch_size=16, verbose=0)
    detector.calibrate(pictures(30, seed=1), target_fpr=0.1)
    return detector


@pytest.fixture(
    scope="module",
    params=[
        "nothing to train",
        pytest.param("image64", marks=pytest.mark.slow),
        pytest.param("cifar10_plus", marks=pytest.mark.slow),
    ],
)
def detector(request):
    if request.param == "nothing to train":  # fewer components than pictures
        return trained("image64", terms=[SubspaceError(components=4)])
    return trained(request.param)


def test_what_no_term_reads_is_not_there(detector):
    assert detector.encoder is None and detector.decoder is None
    assert not detector.can_reconstruct
    with pytest.raises(ValueError, match="no autoencoder to reconstruct with"):
        detector.reconstruct(pictures(1))
    assert "none" in detector.describe()["facts"]["autoencoder"]


def test_the_normalized_score_is_eq_6_of_the_score(detector):
    found = detector.predict(pictures(64), verbose=0)
    low = np.mean([found["score"][i : i + 16].min() for i in range(0, 64, 16)])
    high = np.mean([found["score"][i : i + 16].max() for i in range(0, 64, 16)])
    expected = (found["score"] - low) / (high - low)
    np.testing.assert_allclose(found["normalized_score"], expected, atol=1e-4)


@pytest.mark.slow
def test_the_statistics_of_training_are_of_the_score_too():
    keras.utils.set_random_seed(1)
    detector = NoveltyDetector.from_preset("image64", SHAPE)
    detector.compile()
    detector.fit(pictures(64), epochs=2, batch_size=16, verbose=0)
    low, high = (
        float(getattr(detector.normalization, name))
        for name in ("score_min", "score_max")
    )
    assert -10 < low < high < 10  # deviations of the normals


def test_another_picture_is_more_novel(detector):
    other = pictures(20, seed=2)[:, ::-1].copy()  # the ramp upside down
    normal = detector.predict(pictures(20, seed=3), verbose=0)["score"]
    assert detector.predict(other, verbose=0)["score"].min() > normal.mean()


def test_it_is_saved_and_exported(detector, tmp_path):
    detector.save(tmp_path / "detector.keras")
    again = load_detector(tmp_path / "detector.keras")
    images = pictures(8, seed=4)
    expected = detector.predict(images, verbose=0)
    found = again.predict(images, verbose=0)
    np.testing.assert_allclose(found["score"], expected["score"], atol=1e-3)
    version = export_saved_model(detector, tmp_path / "export")
    model = tf.saved_model.load(str(version))
    served = model.signatures["serving_default"](images=tf.constant(images))
    np.testing.assert_allclose(served["score"], expected["score"], atol=1e-3)
    assert ("anomaly_map" in model.signatures) == detector.has_map
    assert ("anomaly_map_bytes" in model.signatures) == detector.has_map
    card = json.loads((version / "assets.extra" / "detector.json").read_text())
    assert card["has_map"] == detector.has_map


def test_views_are_what_there_is(detector):
    cards, _ = cards_of_images(detector, pictures(2))
    names = [[name for name, _ in card] for card in cards]
    assert names == [["input", "heat map"] if detector.has_map else ["input"]] * 2


def test_without_maps_the_card_has_no_threshold_of_them(detector):
    card = describe_detector(detector)
    assert (card["map_threshold"] is None) == (not detector.has_map)
    assert (card["map_scale"] is None) == (not detector.has_map)
    json.dumps(card, allow_nan=False)


def test_terms_that_read_it_get_one():
    detector = NoveltyDetector.from_preset(
        "image64", SHAPE, terms=["subspace_error", "reconstruction_error"]
    )
    assert detector.can_reconstruct
    with pytest.raises(
        ValueError, match="'reconstruction_error'.* read an autoencoder"
    ):
        NoveltyDetector(terms=[ReconstructionError()], image_shape=SHAPE)
    with pytest.raises(ValueError, match="both, or neither"):
        NoveltyDetector(encoder=detector.encoder, terms=["subspace_error"])
    with pytest.raises(ValueError, match="`image_shape` must be given"):
        NoveltyDetector(terms=["subspace_error"])


def test_the_first_term_that_can_draws_the_map():
    detector = NoveltyDetector.from_preset("image64", SHAPE, terms=["defect_evidence"])
    assert detector.map_term is None and detector.has_map
    assert detector.anomaly_map(pictures(2)).shape == (2, 16, 16)
