"""What a picture brought to a component alone is known."""

import numpy as np

from keras_novnorm.layers.own_share import OwnShare
from tests.contracts import assert_layer_contract


def test_a_component_of_one_picture_is_its_own():
    places = np.array([[1.0, 0.0], [-1.0, 0.1], [1.0, -0.1], [-1.0, 9.0]], "float32")
    layer = OwnShare(3)
    layer.build()
    padded = np.pad(places, ((0, 0), (0, 1)))
    assert not np.asarray(layer(padded)).any()  # nothing known yet
    layer.fit(places)
    own = assert_layer_contract(layer, padded)
    np.testing.assert_allclose(np.asarray(own)[:3], 1 / 3, atol=0.01)
    assert float(own[3]) > 80
