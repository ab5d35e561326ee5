"""A served detector: what a client of the whole product meets."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_novnorm import NoveltyDetector
from keras_novnorm.export import export_saved_model
from serving.local_server import LocalServer


@pytest.fixture(scope="session")
def pictures():
    """scikit-learn's digits: uint8 `[N, 8, 8, 1]` of the eights and of the rest."""
    images, classes = load_digits(return_X_y=True)
    images = np.rint(images.reshape(-1, 8, 8, 1) * (255 / 16)).astype("uint8")
    return images[classes == 8], images[classes != 8]


@pytest.fixture(scope="session")
def detector(pictures):
    """A detector of the eights, trained for a moment and calibrated."""
    keras.utils.set_random_seed(0)
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    detector.fit(pictures[0][:110], epochs=60, verbose=0)
    detector.adapt(pictures[0][:110], verbose=0)
    detector.calibrate(pictures[0][110:150], target_fpr=0.05)
    return detector


@pytest.fixture(scope="session")
def server(detector, tmp_path_factory):
    """The detector's export behind the real server."""
    base_path = tmp_path_factory.mktemp("models") / "eights"
    export_saved_model(detector, base_path)
    with LocalServer("eights", base_path) as server:
        yield server
