"""One small detector, trained once, for all tests of the method."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from keras_novnorm import NoveltyDetector


@pytest.fixture(scope="session")
def digits():
    """Pictures of scikit-learn's digits: dictionary of uint8 `[N, 8, 8, 1]`."""
    images, classes = load_digits(return_X_y=True)
    images = np.rint(images.reshape(-1, 8, 8, 1) * (255 / 16)).astype("uint8")
    normal, novel = images[classes == 8], images[classes != 8]
    return {
        "train": normal[:110],
        "calibration": normal[110:150],
        "test_normal": normal[150:],
        "test_novel": novel[:100],
    }


@pytest.fixture(scope="session")
def trained(digits):
    """A calibrated detector of the digit 8; not to be changed by a test."""
    keras.utils.set_random_seed(0)
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    detector.fit(digits["train"], epochs=60, verbose=0)
    detector.adapt(digits["train"], verbose=0)
    detector.calibrate(digits["calibration"], target_fpr=0.05)
    return detector


@pytest.fixture
def small():
    """A new, untrained and compiled detector for 8x8 pictures."""
    keras.utils.set_random_seed(1)
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    return detector
