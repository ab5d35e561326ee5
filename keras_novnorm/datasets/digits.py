"""The handwritten digits that scikit-learn brings along."""

import numpy as np
from sklearn.datasets import load_digits

from keras_novnorm.datasets.arrays import ArrayImages


class Digits(ArrayImages):
    """1,797 handwritten digits of 8 x 8 pixels, classes "0" to "9".

    Needs no download, so it serves for trying things out. The levels 0 to 16 are
    brought to 0 to 255. It has no test split of its own.
    """

    def __init__(self):
        digits = load_digits()
        images = np.rint(digits.images * (255 / 16)).astype(np.uint8)
        labels = [str(label) for label in digits.target]
        super().__init__(images, class_names=labels, name="sklearn:digits")
        self.default_normal = []
