"""Nearest neighbours of patches (PatchCore, Roth et al. 2022)."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.features.coreset import greedy_coreset
from keras_novnorm.features.gauge import Gauge
from keras_novnorm.features.memory import Memory, nearest_squares
from keras_novnorm.features.moments import Moments
from keras_novnorm.features.patches import patches
from keras_novnorm.features.reservoir import Reservoir
from keras_novnorm.features.whitening import Whitening, white_without
from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.rounding import RESOLUTION, difference_rounding

CANDIDATES = 50_000
"""Patches of which the coreset is taken: what is kept while normals stream by."""

PRIOR_PICTURES = 10
"""So many normals does the mean over all places count for at each place."""

NEIGHBOURS = 9
"""Of the nearest patch, for the weight of eq. (7)."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PatchMemory(Gauge):
    """Distance of each patch from the nearest normal one, whitened.

    Its mean over the picture tells a defect that is everywhere, its maximum a small
    one. Distances are in units of what they are on normals at the same place: at the
    border, where a network sees its own padding, and where normals vary more, they
    are larger of themselves.

    Args:
        stages: places of the stages in the network's list, the finest first.
        channels: of those stages together.
        grid: `(h, w)` of the first of them.
        capacity: how many patches are kept, by farthest points.
        reweighted: whether the maximum has the weight of eq. (7) of Roth et al.
        measures: names of mean and maximum; or one name: the maximum alone.
        **kwargs: passed to `Gauge`.
    """

    HAS_MAP = True

    def __init__(
        self,
        stages,
        channels,
        grid,
        capacity=2048,
        reweighted=False,
        measures=("patch_mean", "patch_peak"),
        **kwargs,
    ):
        super().__init__(measures, **kwargs)
        self.stages = tuple(stages)
        self.reweighted = reweighted
        self.whitening = Whitening(channels, name="white")
        self.memory = Memory(capacity, channels, name="memory")
        self.place_scale = add_statistic(self, "place_scale", tuple(grid), "ones")
        self.built = True

    def inputs(self, stages):
        """Patches, float32 `[B, h, w, D]`."""
        return patches([stages[place] for place in self.stages])

    def call(self, inputs):
        """Mean and maximum of the distances of the patches."""
        squares, places, white = self._nearest(inputs)
        distances = ops.sqrt(squares) / ops.reshape(self.place_scale, (1, -1))
        peak = ops.max(distances, axis=-1)
        if self.reweighted:
            peak = peak * self._weight(distances, places, white)
        found = (ops.mean(distances, axis=-1), peak)
        return dict(zip(self.measures, found[-len(self.measures) :], strict=True))

    def places(self, inputs):
        """Distance of each patch in units of its place, float32 `[B, h, w]`."""
        squares, _, _ = self._nearest(inputs)
        distances = ops.reshape(ops.sqrt(squares), (-1, *inputs.shape[1:3]))
        return distances / self.place_scale

    def rounding(self, inputs, values):
        """Of a distance: half of what its square has."""
        operands = self.whitening.operands(inputs) / ops.square(self.place_scale)
        size = ops.mean(operands, axis=(1, 2))
        channels = self.whitening.size
        found = {}
        for name, value in values.items():
            moved = difference_rounding(ops.square(value), size, channels)
            found[name] = (0.5 * moved, RESOLUTION * ops.sqrt(size))
        return found

    def collector(self, folds):
        """Moments, and a sample of patches with their folds."""
        return _Patches(Moments(self.whitening.size, folds), Reservoir(CANDIDATES))

    def fit(self, collector):
        """Whitening of all patches, and a coreset of the sample."""
        self.whitening.fit(collector.moments)
        rows, folds = collector.sample.rows()
        white = self.whitening(rows).numpy()
        kept = greedy_coreset(white, self.memory.capacity)
        self.memory.keep(white[kept])
        collector.kept, collector.kept_folds = rows[kept], folds[kept]

    def left_out(self, collector, inputs, folds):
        """By the patches of the other folds; settles the scale of each place."""
        distances = np.zeros((len(inputs), int(np.prod(inputs.shape[1:3]))))
        for fold in np.unique(folds):
            # Of the others, too: few patches look closer than they are where they
            # have shaped what is measured with.
            white = white_without(collector.moments, fold)
            others = white(collector.kept[collector.kept_folds != fold])
            chosen = np.flatnonzero(folds == fold)
            found = nearest_squares(white(inputs[chosen]), others)
            distances[chosen] = np.sqrt(found).reshape(len(chosen), -1)
        # Of few pictures the mean of a place says little: that of all has a share.
        mean = max(distances.mean(), EPSILON)
        total = distances.sum(axis=0) + PRIOR_PICTURES * mean
        scale = total / (len(distances) + PRIOR_PICTURES)
        self.place_scale.assign(scale.reshape(self.place_scale.shape))
        distances = distances / scale
        # The weight of eq. (7) is near one, and its logarithm is standardised.
        found = (distances.mean(axis=1), distances.max(axis=1))
        return dict(zip(self.measures, found[-len(self.measures) :], strict=True))

    def _nearest(self, inputs):
        """Squared distances, places of the nearest and whitened patches, `[B, P]`."""
        number, channels = int(np.prod(inputs.shape[1:3])), inputs.shape[-1]
        white = ops.reshape(self.whitening(inputs), (-1, number, channels))

        def search(one):
            squares, places = self.memory(one)
            return squares[:, 0], places[:, 0]

        # One picture after the other: memory is bounded, whatever the request.
        squares, places = ops.map(search, white)
        return squares, places, white

    def _weight(self, distances, places, white):
        """`1 - exp(d) / sum exp(d_n)` over neighbours of the nearest patch, eq. (7)."""
        peak = ops.argmax(distances, axis=-1)[:, None]
        patch = ops.take_along_axis(white, peak[..., None], axis=1)[:, 0]
        nearest = ops.take_along_axis(places, ops.cast(peak, places.dtype), axis=1)
        around = ops.take(ops.convert_to_tensor(self.memory.vectors), nearest[:, 0], 0)
        _, neighbours = self.memory(around, count=NEIGHBOURS)
        there = ops.take(ops.convert_to_tensor(self.memory.vectors), neighbours, 0)
        far = ops.sqrt(ops.sum(ops.square(patch[:, None] - there), axis=-1))
        # Of whitened features a distance grows with the root of their number.
        return 1.0 - ops.softmax(far / np.sqrt(self.whitening.size), axis=-1)[:, 0]


class _Patches:
    def __init__(self, moments, sample):
        self.moments, self.sample = moments, sample

    def update(self, inputs, folds):
        number = int(np.prod(inputs.shape[1:3]))
        rows, folds = inputs.reshape(-1, inputs.shape[-1]), np.repeat(folds, number)
        self.moments.update(rows, folds)
        self.sample.update(rows, folds)
