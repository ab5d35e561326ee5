"""Nearest neighbours of pooled features (Bergman et al. 2020)."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.features.gauge import Gauge
from keras_novnorm.features.memory import Memory, nearest_squares
from keras_novnorm.features.patches import pooled
from keras_novnorm.features.reservoir import Reservoir
from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.terms.rounding import RESOLUTION, difference_rounding


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PooledMemory(Gauge):
    """Cosine distance of a picture's pooled features from the nearest normal ones.

    Args:
        stage: place of the stage in the network's list.
        channels: of that stage.
        neighbours: how many neighbours count; the mean over them is the measure.
        capacity: how many pictures are kept.
        measures: name of the measure, in a tuple.
        **kwargs: passed to `Gauge`.
    """

    def __init__(
        self,
        stage,
        channels,
        neighbours=2,
        capacity=8192,
        measures=("neighbour_distance",),
        **kwargs,
    ):
        super().__init__(measures, **kwargs)
        self.stage = stage
        self.neighbours = neighbours
        self.memory = Memory(capacity, channels, name="memory")
        self.built = True

    def inputs(self, stages):
        """Pooled features of length one, float32 `[B, D]`."""
        vectors = pooled(stages[self.stage], with_spread=False)
        lengths = ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True))
        return vectors / (lengths + EPSILON)

    def call(self, inputs):
        """One minus the cosine, which is half of a squared distance."""
        squares, _ = self.memory(inputs, count=self.neighbours)
        return {self.measures[0]: 0.5 * ops.mean(squares, axis=-1)}

    def rounding(self, inputs, values):
        """Of half the squared distance of two vectors of length one."""
        value = values[self.measures[0]]
        size = 2.0 * ops.sum(ops.square(inputs), axis=-1)
        moved = difference_rounding(2.0 * value, size, self.memory.size)
        return {self.measures[0]: (moved, 0.5 * RESOLUTION**2 * size)}

    def collector(self, folds):
        """A sample of vectors with their folds."""
        return Reservoir(self.memory.capacity)

    def fit(self, collector):
        """Keep them."""
        self.memory.keep(collector.rows()[0])

    def left_out(self, collector, inputs, folds):
        """By the pictures of the other folds."""
        vectors, kept_folds = collector.rows()
        squares = np.zeros(len(inputs))
        for fold in np.unique(folds):
            others = vectors[kept_folds != fold]
            chosen = folds == fold
            squares[chosen] = nearest_squares(inputs[chosen], others, self.neighbours)
        return {self.measures[0]: 0.5 * squares}
