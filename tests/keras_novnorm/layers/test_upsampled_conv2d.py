import keras
import numpy as np
import pytest

from keras_novnorm.layers import UpsampledConv2D
from tests.contracts import assert_layer_contract


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
def test_equals_doubling_then_convolution(kernel_size):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 3, 5, 4)).astype("float32")
    layer = UpsampledConv2D(6, kernel_size)
    layer.build(images.shape)
    kernel = rng.normal(size=layer.kernel.shape).astype("float32")
    bias = rng.normal(size=6).astype("float32")
    layer.set_weights([kernel, bias])
    output = assert_layer_contract(layer, images)
    doubled = np.repeat(np.repeat(images, 2, axis=1), 2, axis=2)
    expected = keras.ops.conv(doubled, kernel, padding="same") + bias
    assert output.shape == layer.compute_output_shape(images.shape) == (2, 6, 10, 6)
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-4)


def test_an_even_kernel_is_refused():
    with pytest.raises(ValueError, match="must be odd. Got: 4"):
        UpsampledConv2D(3, 4)
