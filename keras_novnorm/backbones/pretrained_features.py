"""Features of a network of `keras.applications`, frozen."""

import importlib

import keras
from keras import layers

from keras_novnorm.keras_settings import KerasSettings, network_policy


def pretrained_features(
    name, image_shape, weights="imagenet", layer=None, image_size=None, dtype=None
):
    """A frozen network from pictures to a map of features.

    Preprocessing is inside: pictures are those of the detector. Grey is repeated to
    three channels.

    Args:
        name: a network of `keras.applications`, such as `"EfficientNetB0"` or
            `"ResNet50"`.
        image_shape: `(height, width, channels)` of the detector, channels 1 or 3.
        weights: `"imagenet"`, which Keras fetches when it is first used; a path to
            a file of weights without the top; or `None`: random ones.
        layer: name of the layer whose output is taken; the last one before the
            classifier unless given.
        image_size: `(height, width)` that pictures are resized to first, or `None`.
        dtype: dtype policy of every layer; the one that was set for all unless given.

    Returns:
        Keras model `[B, H, W, C]` in [0, 1] to `[B, h, w, D]`, not trainable.

    Raises:
        ValueError: if there is no such network or layer, or pictures have another
            number of channels.
    """
    network = getattr(keras.applications, name, None)
    if network is None or not callable(network):
        names = sorted(n for n in dir(keras.applications) if n[0].isupper())
        raise ValueError(
            f"`name` must be a network of keras.applications. Received: {name!r}. "
            f"There are {', '.join(names)}."
        )
    if image_shape[2] not in (1, 3):
        raise ValueError(
            f"`image_shape` must have 1 or 3 channels. Received: {image_shape}"
        )
    # Keras' networks ask its settings how images are laid out.
    with KerasSettings().hold(network_policy(dtype)):
        return _build(network, name, image_shape, weights, layer, image_size)


def _build(network, name, image_shape, weights, layer, image_size):
    height, width, channels = image_shape
    images = keras.Input(tuple(image_shape), name="images")
    x = images
    if channels == 1:
        x = layers.Concatenate(name="repeat_grey")([x, x, x])
    if image_size and tuple(image_size) != (height, width):
        height, width = image_size
        x = layers.Resizing(height, width, name="resize")(x)
    x = layers.Rescaling(255.0, name="to_bytes")(x)
    # Each network has a preprocessing of its own, which is in its module.
    x = importlib.import_module(network.__module__).preprocess_input(x)
    backbone = network(
        include_top=False, weights=weights, input_shape=(height, width, 3)
    )
    if layer is not None:
        names = [one.name for one in backbone.layers]
        if layer not in names:
            raise ValueError(
                f"`layer` must be a layer of {name}. Received: {layer!r}. Of its "
                f"{len(names)} the last are {names[-8:]}."
            )
        backbone = keras.Model(backbone.input, backbone.get_layer(layer).output)
    backbone.trainable = False
    features = backbone(x, training=False)
    model = keras.Model(images, features, name=f"{name.lower()}_features")
    model.trainable = False
    return model
