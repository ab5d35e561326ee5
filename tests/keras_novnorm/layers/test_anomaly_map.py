import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.layers import AnomalyMap
from tests.contracts import assert_layer_contract


def test_without_smoothing_it_is_the_squared_error():
    images = np.zeros((1, 2, 2, 2), "float32")
    reconstructions = images.copy()
    reconstructions[0, 1, 0] = [0.2, 0.4]
    values = assert_layer_contract(AnomalyMap(sigma=0), images, reconstructions)
    np.testing.assert_allclose(values, [[[0, 0], [0.1, 0]]], atol=1e-7)


@pytest.mark.parametrize("spot", [(10, 20), (0, 0), (23, 39)])
def test_the_maximum_lies_where_the_defect_is(spot):
    images = np.zeros((1, 24, 40, 1), "float32")
    images[0, spot[0], spot[1]] = 1.0
    values = np.asarray(AnomalyMap(sigma=1.5)(images, np.zeros_like(images)))[0]
    assert values.shape == (24, 40)
    assert np.unravel_index(values.argmax(), values.shape) == spot
    assert values.min() >= 0.0


def test_a_constant_error_stays_constant_up_to_the_border():
    images = np.full((1, 9, 9, 1), 0.5, "float32")
    values = AnomalyMap(sigma=2.0)(images, np.zeros_like(images))
    np.testing.assert_allclose(values, 0.25, rtol=1e-5)


def test_no_convolution_smooths():
    # oneDNN made gigabytes of scratch memory of a large one, and ended the process.
    spec = tf.TensorSpec((None, 320, 800), "float32")
    graph = tf.function(AnomalyMap(14.3).smooth).get_concrete_function(spec).graph
    assert not [op.type for op in graph.get_operations() if "Conv" in op.type]
