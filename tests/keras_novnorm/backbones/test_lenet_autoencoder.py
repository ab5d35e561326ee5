import numpy as np
import pytest

from keras_novnorm import LeNetDecoder, LeNetEncoder
from tests.contracts import assert_layer_contract


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 32, 3), (13, 30, 1)])
@pytest.mark.parametrize("filters", [(4,), (4, 6), (4, 6, 8)])
def test_reconstruction_has_the_shape_of_the_image(image_shape, filters):
    encoder = LeNetEncoder(image_shape, filters, latent_dim=5)
    decoder = LeNetDecoder(image_shape, filters, latent_dim=5)
    images = np.random.default_rng(0).random((2, *image_shape), "float32")
    latents = encoder(images)
    assert latents.shape == (2, 5)
    reconstructions = np.asarray(decoder(latents))
    assert reconstructions.shape == images.shape
    assert reconstructions.min() >= 0.0 and reconstructions.max() <= 1.0


def test_contract():
    images = np.random.default_rng(0).random((2, 9, 10, 1), "float32")
    latents = assert_layer_contract(LeNetEncoder((9, 10, 1), (3, 4), 6), images)
    assert_layer_contract(LeNetDecoder((9, 10, 1), (3, 4), 6), np.asarray(latents))


def test_paper_layout_of_mnist():
    encoder = LeNetEncoder((28, 28, 1), (32, 64), latent_dim=32)
    # By hand: 5*5*1*32+32, 5*5*32*64+64, 7*7*64*32+32.
    assert encoder.count_params() == 832 + 51_264 + 100_384


@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_output_starts_at_the_mean_of_the_data(activation):
    decoder = LeNetDecoder((8, 8, 3), (4, 4), 5, output_activation=activation)
    decoder.initialize_output_bias([0.2, 0.5, 0.9])
    output = np.asarray(decoder(np.zeros((1, 5), "float32")))
    np.testing.assert_allclose(output[0, 3, 3], [0.2, 0.5, 0.9], rtol=1e-5)
