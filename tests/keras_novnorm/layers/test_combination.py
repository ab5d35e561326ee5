import numpy as np
import pytest

from keras_novnorm.layers import Combination
from tests.contracts import assert_layer_contract

TERMS = np.array([[1.0, -2.0], [0.0, 3.0]], "float32")
PAPER = np.array([0.1, 0.2], "float32")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("log_sum_exp", np.log(np.exp(TERMS) @ [0.25, 0.75])),
        ("mean", TERMS @ [0.25, 0.75]),
        ("paper", PAPER),
    ],
)
def test_by_hand(method, expected):
    layer = Combination(method, (0.25, 0.75))
    output = assert_layer_contract(layer, TERMS, PAPER)
    np.testing.assert_allclose(output, expected, rtol=1e-5)


def test_one_very_normal_term_cannot_talk_another_down():
    layer = Combination("log_sum_exp", (0.5, 0.5))
    calm, very_calm = layer(np.array([[4.0, 0.0], [4.0, -50.0]], "float32"), PAPER)
    assert float(very_calm) > float(calm) - 0.1
    assert float(very_calm) > 3.0


def test_unknown_method_is_named():
    with pytest.raises(ValueError, match="'max'"):
        Combination("max")
