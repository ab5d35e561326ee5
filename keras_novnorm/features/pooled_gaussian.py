"""Gaussian of pooled features (Rippel et al. 2021)."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.features.gauge import Gauge
from keras_novnorm.features.moments import Moments
from keras_novnorm.features.patches import pooled
from keras_novnorm.features.whitening import Whitening, white_without


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PooledGaussian(Gauge):
    """Squared Mahalanobis distance of a picture's pooled features.

    Args:
        stage: place of the stage in the network's list.
        channels: of that stage.
        with_spread: whether deviation and maximum of each feature count beside its
            mean; the mean alone is the paper's.
        measures: name of the measure, in a tuple.
        **kwargs: passed to `Gauge`.
    """

    def __init__(
        self,
        stage,
        channels,
        with_spread=True,
        measures=("pooled_distance",),
        **kwargs,
    ):
        super().__init__(measures, **kwargs)
        self.stage = stage
        self.with_spread = with_spread
        self.whitening = Whitening(channels * (3 if with_spread else 1), name="white")
        self.built = True

    def inputs(self, stages):
        """Pooled features, float32 `[B, D]`."""
        return pooled(stages[self.stage], self.with_spread)

    def call(self, inputs):
        """Mean squared deviation over the directions."""
        squares = ops.sum(ops.square(self.whitening(inputs)), axis=-1)
        return {self.measures[0]: squares / self.whitening.size}

    def rounding(self, inputs, values):
        """Of a squared length."""
        size = self.whitening.size
        squares = values[self.measures[0]] * size
        moved, smallest = self.whitening.rounding(inputs, squares)
        return {self.measures[0]: (moved, smallest / size)}

    def collector(self, folds):
        """Moments."""
        return Moments(self.whitening.size, folds)

    def fit(self, collector):
        """Mean and covariance, shrunk (Ledoit, Wolf 2004)."""
        self.whitening.fit(collector)

    def left_out(self, collector, inputs, folds):
        """By the moments of the other folds."""
        squares = np.zeros(len(inputs))
        for fold in np.unique(folds):
            white = white_without(collector, fold)(inputs[folds == fold])
            squares[folds == fold] = np.square(white).sum(axis=-1)
        return {self.measures[0]: squares / self.whitening.size}
