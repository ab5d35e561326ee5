"""Detectors that a test may change."""

import keras
import pytest

from keras_novnorm import NoveltyDetector


@pytest.fixture
def small():
    """A new, untrained and compiled detector for 8x8 pictures."""
    keras.utils.set_random_seed(1)
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    return detector
