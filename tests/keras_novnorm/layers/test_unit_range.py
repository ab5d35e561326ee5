import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.layers import UnitRange
from tests.contracts import assert_layer_contract


def test_uint8_and_float_give_the_same():
    bytes_ = np.array([[0, 51, 255]], "uint8")
    np.testing.assert_array_equal(
        assert_layer_contract(UnitRange(), bytes_),
        UnitRange()(bytes_ / np.float32(255)),
    )


@pytest.mark.parametrize("bad", [[0.0, 255.0], [-0.5, 0.5], [np.nan, 1.5]])
def test_float_outside_is_refused_with_the_range(bad):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"must lie in \[0, 1\]"):
        UnitRange()(np.array(bad, "float32"))


def test_what_is_not_finite_is_no_question_of_range():
    found = UnitRange()(np.array([0.5, np.nan, np.inf, -np.inf], "float32"))
    np.testing.assert_array_equal(found, [0.5, np.nan, np.nan, np.nan])


def test_compiled_with_xla_what_lies_outside_is_nan():
    compiled = tf.function(UnitRange(), jit_compile=True)
    found = compiled(tf.constant([0.5, 255.0, -1.0, np.nan]))
    np.testing.assert_array_equal(found, [0.5, np.nan, np.nan, np.nan])


def test_other_dtypes_are_refused_by_name():
    with pytest.raises(TypeError, match="int32"):
        UnitRange()(np.array([1], "int32"))


def test_uint8_is_divided_exactly_in_a_graph_too():
    values = np.arange(256, dtype="uint8")[None]
    function = tf.function(
        UnitRange(), input_signature=[tf.TensorSpec((None, 256), "uint8")]
    )
    np.testing.assert_array_equal(function(values), values / np.float32(255))
