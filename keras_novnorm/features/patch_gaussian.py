"""Gaussian of patches (PaDiM, Defard et al. 2021)."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.features.gauge import Gauge
from keras_novnorm.features.moments import Moments, whitening_matrix
from keras_novnorm.features.patches import patches
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.rounding import RESOLUTION, difference_rounding


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PatchGaussian(Gauge):
    """Mahalanobis distance of each patch, from a Gaussian of its place or of all.

    A Gaussian for each place is right where parts lie alike in every picture, one for
    all places where they do not.

    Args:
        stages: places of the stages in the network's list, the finest first.
        channels: of those stages together.
        grid: `(h, w)` of the first of them.
        by_place: whether each place has a Gaussian of its own.
        components: how many features are kept, drawn at random as in section III of
            the paper; all of them, if there are fewer.
        measures: name of the measure, in a tuple.
        **kwargs: passed to `Gauge`.
    """

    HAS_MAP = True

    def __init__(
        self,
        stages,
        channels,
        grid,
        by_place=True,
        components=64,
        measures=("patch_distance",),
        **kwargs,
    ):
        super().__init__(measures, **kwargs)
        self.stages = tuple(stages)
        self.grid = tuple(grid)
        self.by_place = by_place
        self.size = min(components, channels)
        random = np.random.default_rng(0)
        self._chosen = np.sort(random.choice(channels, self.size, replace=False))
        places = int(np.prod(self.grid)) if by_place else 1
        self.mean = add_statistic(self, "mean", (places, self.size), "zeros")
        shape = (places, self.size, self.size)
        self.matrix = add_statistic(self, "matrix", shape, "zeros")
        self.built = True

    def inputs(self, stages):
        """Patches of the drawn features, float32 `[B, h w, K]`."""
        found = patches([stages[place] for place in self.stages])
        found = ops.take(found, self._chosen, axis=-1)
        return ops.reshape(found, (-1, int(np.prod(self.grid)), self.size))

    def call(self, inputs):
        """The largest distance of a patch."""
        return {self.measures[0]: ops.max(self._distances(inputs), axis=-1)}

    def places(self, inputs):
        """Distance of each patch, float32 `[B, h, w]`."""
        return ops.reshape(self._distances(inputs), (-1, *self.grid))

    def rounding(self, inputs, values):
        """Of a distance: half of what its square has."""
        value = values[self.measures[0]]
        gain = ops.mean(ops.sum(ops.square(self.matrix), axis=2), axis=1)
        sides = ops.square(inputs) + ops.square(ops.convert_to_tensor(self.mean))
        size = ops.mean(gain * ops.sum(sides, axis=-1), axis=-1)
        moved = difference_rounding(ops.square(value), size, self.size)
        return {self.measures[0]: (0.5 * moved, RESOLUTION * ops.sqrt(size))}

    def collector(self, folds):
        """Moments of each place, or of all."""
        return [Moments(self.size, folds) for _ in range(self.mean.shape[0])]

    def update(self, collector, inputs, folds):
        """Add patches to the moments of their places."""
        if not self.by_place:
            rows = inputs.reshape(-1, self.size)
            collector[0].update(rows, np.repeat(folds, inputs.shape[1]))
            return
        for place, moments in enumerate(collector):
            moments.update(inputs[:, place], folds)

    def fit(self, collector):
        """Means and whitening matrices, shrunk (Ledoit, Wolf 2004)."""
        means, matrices = zip(*(self._white(one) for one in collector), strict=True)
        self.mean.assign(np.stack(means))
        self.matrix.assign(np.stack(matrices))

    def left_out(self, collector, inputs, folds):
        """By the moments of the other folds."""
        peaks = np.zeros(len(inputs))
        for fold in np.unique(folds):
            chosen = inputs[folds == fold]
            squares = np.zeros(chosen.shape[:2])
            for place in range(inputs.shape[1]):
                if place < len(collector):
                    mean, matrix = self._white(collector[place], fold)
                white = (chosen[:, place] - mean) @ matrix
                squares[:, place] = np.square(white).sum(axis=-1)
            peaks[folds == fold] = np.sqrt(squares.max(axis=1))
        return {self.measures[0]: peaks}

    def _white(self, moments, without=None):
        mean, covariance = moments.estimate(without)
        return mean, whitening_matrix(mean, covariance, RESOLUTION)

    def _distances(self, inputs):
        centred = inputs - self.mean
        if self.by_place:
            white = ops.einsum("bpk,pkl->bpl", centred, self.matrix)
        else:
            white = ops.matmul(centred, self.matrix[0])
        return ops.sqrt(ops.sum(ops.square(white), axis=-1))
