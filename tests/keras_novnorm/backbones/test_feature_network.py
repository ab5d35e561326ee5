"""One option for every kind of frozen network."""

import keras
import numpy as np
import pytest

from keras_novnorm.backbones.feature_network import feature_network


def small_network():
    images = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, strides=4, padding="same", name="fine")(images)
    x = keras.layers.Conv2D(6, 3, padding="same", name="fine_again")(x)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", name="coarse")(x)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x), name="own")


def test_a_network_of_ones_own_gives_its_stages(tmp_path):
    network = small_network()
    network.save(tmp_path / "own.keras")
    images = np.random.default_rng(0).random((2, 32, 48, 1), "float32")
    of_model = feature_network(network, (32, 48, 1))
    of_file = feature_network(str(tmp_path / "own.keras"), (32, 48, 1))
    assert not of_model.trainable_weights
    for found in (of_model(images), of_file(images)):
        assert [tuple(one.shape) for one in found] == [(2, 8, 12, 6), (2, 4, 6, 8)]
    np.testing.assert_allclose(of_model(images)[1], of_file(images)[1], atol=1e-6)


def test_a_network_of_keras_with_a_file_of_weights(tmp_path):
    network = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(None, None, 3), alpha=1.0
    )
    network.save_weights(tmp_path / "own.weights.h5")
    name = f"MobileNetV2={tmp_path / 'own.weights.h5'}"
    images = np.random.default_rng(0).random((1, 64, 64, 3), "float32")
    stages = feature_network(name, (64, 64, 3))(images)
    assert [stage.shape[1] for stage in stages] == [16, 8, 4, 2]
    scaled = keras.applications.mobilenet_v2.preprocess_input(255.0 * images)
    np.testing.assert_allclose(stages[-1], network(scaled), atol=1e-4)


def test_what_is_no_network_is_said():
    with pytest.raises(ValueError, match="no backbone 'Nothing'.*EfficientNetLite0"):
        feature_network("Nothing", (64, 64, 3))
    with pytest.raises(ValueError, match="1 or 3 channels"):
        feature_network("EfficientNetLite0", (64, 64, 4))
    vectors = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Flatten()])
    with pytest.raises(ValueError, match="no maps of features"):
        feature_network(vectors, (64, 64, 3))


def test_weights_that_cannot_be_fetched_are_one_sentence(monkeypatch):
    def refuses(**_):
        raise OSError("no route to host")

    monkeypatch.setattr(keras.applications, "ResNet50", refuses)
    with pytest.raises(ValueError, match="give --backbone ResNet50=FILE"):
        feature_network("ResNet50", (64, 64, 3))
