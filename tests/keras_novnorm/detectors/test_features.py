"""Detectors on features: any network, any size, one copy of it in the file."""

import keras
import numpy as np
import pytest

from keras_novnorm import load_detector
from keras_novnorm.detectors.features import FeaturesDetector
from keras_novnorm.detectors.patch_neighbours import PatchNeighboursDetector


def network():
    keras.utils.set_random_seed(0)
    x = images = keras.Input((None, None, 3))
    found = []
    for filters in (8, 12, 16):
        x = keras.layers.Conv2D(filters, 3, strides=2, padding="same")(x)
        x = keras.layers.ReLU()(x)
        found.append(x)
    return keras.Model(images, found, name="own")


def pictures(number, seed, size=(32, 48)):
    random = np.random.default_rng(seed)
    ramp = np.linspace(60, 160, size[1])[None, :, None]
    noisy = ramp + random.normal(0, 8, (number, *size, 1))
    return noisy.clip(0, 255).astype("uint8")


def with_spot(images):
    images = images.copy()
    images[:, 10:16, 20:26] = 255
    return images


@pytest.fixture(scope="module")
def detector():
    detector = FeaturesDetector((32, 48, 1), backbone=network(), capacity=64)
    detector.fit(pictures(40, 1), verbose=0)
    detector.calibrate(pictures(30, 2), target_fpr=0.1)
    return detector


def test_a_spot_is_novel_and_the_map_says_where(detector):
    normal = detector.predict(pictures(20, 3), verbose=0)
    novel = detector.predict(with_spot(pictures(20, 4)), verbose=0)
    assert novel["score"].min() > normal["score"].max()
    # New normals score as those that were left out: around nothing.
    assert abs(normal["score"].mean()) < 1.5
    maps = np.asarray(detector.anomaly_map(with_spot(pictures(5, 5))))
    rows, columns = np.unravel_index(maps.reshape(5, -1).argmax(axis=1), (32, 48))
    assert (abs(rows - 12.5) < 8).all() and (abs(columns - 22.5) < 8).all()


def test_a_file_has_the_network_once_and_needs_nothing_else(detector, tmp_path):
    detector.save(tmp_path / "detector.keras")
    again = load_detector(tmp_path / "detector.keras")
    images = pictures(9, 6)
    expected = detector.predict(images, verbose=0)["score"]
    found = again.predict(images, batch_size=4, verbose=0)["score"]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    kernels = [w for w in again.weights if tuple(w.shape) == (3, 3, 3, 8)]
    assert len(kernels) == 1 and again.describe()["facts"]["backbone"] == "own"


def test_small_images_are_enlarged_within():
    small = PatchNeighboursDetector(
        (16, 24, 1), backbone=network(), network_size=(32, 48), capacity=64
    )
    small.fit(pictures(20, 1, (16, 24)), verbose=0)
    assert small.get_config()["network_size"] == (32, 48)
    assert small.anomaly_map(pictures(2, 2, (16, 24))).shape == (2, 16, 24)
    assert small.gauges[0].place_scale.shape == (16, 24)  # half of (32, 48)


def test_few_normals_give_scores_in_their_unit():
    detector = FeaturesDetector((32, 48, 1), backbone=network(), capacity=64)
    detector.fit(pictures(10, 1), verbose=0)
    found = detector.predict(pictures(60, 2), verbose=0)["score"]
    assert np.isfinite(found).all() and abs(found.mean()) < 2.5


def test_a_memory_that_is_none_is_refused():
    with pytest.raises(ValueError, match="`capacity` must be 1 or more"):
        FeaturesDetector((32, 48, 1), backbone=network(), capacity=0)
