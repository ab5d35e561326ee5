import keras
import numpy as np
import pytest

from keras_novnorm.layers import SimulatedDefects
from keras_novnorm.layers.simulated_defects import FILLS, KINDS
from tests.contracts import assert_config_round_trip


@pytest.fixture(scope="module")
def images():
    keras.utils.set_random_seed(0)
    return np.random.default_rng(0).uniform(0.3, 0.6, (16, 64, 48, 1)).astype("float32")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fill", FILLS)
def test_pictures_change_where_the_mask_is(images, kind, fill):
    drawn, mask = map(np.asarray, SimulatedDefects((kind,), (fill,), seed=1)(images))
    assert drawn.shape == images.shape
    assert mask.shape == (*images.shape[:3], 1)
    assert set(np.unique(mask)) <= {0.0, 1.0}
    assert drawn.min() >= 0
    assert drawn.max() <= 1
    change = np.abs(drawn - images)
    inside = mask[..., 0] == 1
    assert inside.any()
    assert change[inside].mean() > 10 * change[~inside].mean()
    assert inside.mean() < 0.5


def test_each_picture_and_each_call_has_another_one(images):
    layer = SimulatedDefects(seed=2)
    _, first = layer(images)
    _, second = layer(images)
    masks = np.concatenate([first, second]).reshape(32, -1)
    masks = masks[masks.any(axis=1)]
    assert len(np.unique(masks, axis=0)) == len(masks)


def test_lines_are_thin_and_stains_are_large(images):
    def area(kind):
        _, mask = SimulatedDefects((kind,), seed=3)(images)
        return float(np.mean(mask))

    assert area("stain") > 4 * area("line")
    assert area("stain") > 4 * area("spot")


def test_configuration():
    again = assert_config_round_trip(SimulatedDefects(("line",), ("tone",), 0.3, 4))
    assert (again.kinds, again.fills, again.strongest) == (("line",), ("tone",), 0.3)


@pytest.mark.parametrize("arguments", [{"kinds": ("dent",)}, {"fills": ()}])
def test_unknown_kinds_are_refused(arguments):
    with pytest.raises(ValueError, match="must be one or more of"):
        SimulatedDefects(**arguments)
