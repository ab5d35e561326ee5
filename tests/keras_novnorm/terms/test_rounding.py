import numpy as np
import pytest

from keras_novnorm.terms import rounding


def test_rounding_by_hand():
    step = 2.0**-23
    np.testing.assert_allclose(
        rounding.own_rounding(np.array([-8.0, 0.0], "float32"), in_logarithm=False),
        [16 * step, 0.0],
    )
    np.testing.assert_allclose(
        rounding.own_rounding(np.array([-7.0], "float32"), in_logarithm=True),
        [16 * step],
    )
    # 2 * 4 steps * sqrt(0.5 / (100 * 0.005)); the second is taken at 4e-6 * 0.5.
    found = rounding.difference_rounding(
        np.array([5e-3, 0.0], "float32"), np.array([0.5, 0.5], "float32"), 100
    )
    np.testing.assert_allclose(found, [8 * step, 8 * step * 50], rtol=1e-4)


@pytest.mark.parametrize("ratio", [3e-3, 1e-2, 0.05])
def test_the_rounding_of_a_difference_is_what_float32_does(ratio):
    rng = np.random.default_rng(0)
    one = rng.uniform(0.5, 1.0, (2000, 64))
    other = one * (1.0 + ratio * rng.choice([-1.0, 1.0], one.shape))
    exact = np.sum((one - other) ** 2, axis=1)
    # Both sides off by what a network leaves: some steps, independently.
    steps = rounding.OPERAND_STEPS * rounding.STEP
    off = other * (1.0 + steps * rng.normal(size=one.shape))
    moved = np.log(np.sum((one - off) ** 2, axis=1)) - np.log(exact)
    size = np.sum(one**2, axis=1)
    expected = rounding.difference_rounding(
        exact.astype("float32"), size.astype("float32"), 64
    )
    measured = np.sqrt(np.mean(moved**2))
    assert measured == pytest.approx(float(np.mean(expected)), rel=0.1)
