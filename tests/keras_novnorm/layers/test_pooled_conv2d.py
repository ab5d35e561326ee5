import keras
import numpy as np
import pytest

from keras_novnorm.layers import PooledConv2D
from tests.contracts import assert_layer_contract


@pytest.mark.parametrize(
    ("shape", "kernel_size"),
    [
        ((2, 6, 8, 1), 5),  # phases
        ((2, 6, 4, 3), 3),
        ((2, 4, 4, 2), 7),
        ((2, 7, 6, 1), 5),  # an odd side: rounded up
        ((2, 6, 6, 9), 5),  # many channels
    ],
)
def test_equals_convolution_then_pooling(shape, kernel_size):
    rng = np.random.default_rng(0)
    images = rng.normal(size=shape).astype("float32")
    layer = PooledConv2D(6, kernel_size)
    layer.build(shape)
    kernel = rng.normal(size=layer.kernel.shape).astype("float32")
    bias = rng.normal(size=6).astype("float32")
    layer.set_weights([kernel, bias])
    output = assert_layer_contract(layer, images)
    convolved = keras.ops.conv(images, kernel, padding="same") + bias
    expected = keras.ops.max_pool(convolved, 2, padding="same")
    assert output.shape == layer.compute_output_shape(shape) == expected.shape
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-4)


def test_an_even_kernel_is_refused():
    with pytest.raises(ValueError, match="must be odd. Got: 4"):
        PooledConv2D(3, 4)
