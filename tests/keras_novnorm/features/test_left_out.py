"""New normals measure as normals did by what the others said."""

import numpy as np
import pytest

from keras_novnorm.features.patch_gaussian import PatchGaussian
from keras_novnorm.features.patch_memory import PatchMemory
from keras_novnorm.features.pooled_gaussian import PooledGaussian
from keras_novnorm.features.pooled_memory import PooledMemory

CHANNELS = 24
GAUGES = {
    "patch_memory": lambda: PatchMemory((0,), CHANNELS, (4, 4), capacity=256),
    "patch_gaussian": lambda: PatchGaussian((0,), CHANNELS, (4, 4)),
    "patch_gaussian_anywhere": lambda: PatchGaussian(
        (0,), CHANNELS, (4, 4), by_place=False
    ),
    "pooled_gaussian": lambda: PooledGaussian(0, CHANNELS),
    "pooled_memory": lambda: PooledMemory(0, CHANNELS),
}


def stages(number, seed):
    """Features as a network gives them: correlated, and few pictures of them."""
    random = np.random.default_rng(seed)
    mix = np.random.default_rng(0).normal(size=(CHANNELS, CHANNELS))
    picture = random.normal(size=(number, 1, 1, CHANNELS))
    values = (picture + 0.5 * random.normal(size=(number, 4, 4, CHANNELS))) @ mix
    return [(5.0 + values).astype("float32")]


@pytest.mark.parametrize("name", GAUGES)
def test_new_normals_are_where_the_left_out_ones_are(name):
    gauge, folds = GAUGES[name](), np.arange(40) % 10
    seen = np.asarray(gauge.inputs(stages(40, 1)))
    collector = gauge.collector(10)
    for start in range(0, 40, 8):
        part = slice(start, start + 8)
        gauge.update(collector, seen[part], folds[part])
    gauge.fit(collector)
    left_out = gauge.left_out(collector, seen, folds)
    new = gauge(np.asarray(gauge.inputs(stages(300, 2))))
    trained = gauge(seen)
    for measure, values in left_out.items():
        logarithms = np.log(values)
        moved = np.log(np.asarray(new[measure])).mean() - logarithms.mean()
        assert abs(moved) < 0.6 * logarithms.std(), (measure, moved)
        # What was learned from looks nearer than what is new: hence left out.
        assert np.log(np.asarray(trained[measure]) + 1e-7).mean() < logarithms.mean()
