"""Which preset suits pictures of a size, where nobody names one."""

import statistics

from keras_novnorm.datasets.watched_source import is_grey
from keras_novnorm.detectors import registry
from novnorm.exit_code import NotUnderstoodError

STEPS = ((80, "image64"), (500, "image128"), (None, "image256"))
"""Up to so many pixels of the longer side, which preset."""


def choose_preset(asked, method, infos):
    """Chooses a preset, by the size of the pictures where nothing is asked for.

    The median of the longer sides decides: up to 80 pixels `image64`, up to 500
    `image128`, above `image256`, which takes four times as long. Methods other than
    `novelty` have a default preset.

    Args:
        asked: str, name of a preset of any method, or None.
        method: str, name of a method, or None.
        infos: list of `PictureInfo`.

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
    longer = round(statistics.median(max(info.width, info.height) for info in infos))
    preset = next(name for most, name in STEPS if most is None or longer <= most)
    rule = ", ".join(
        f"{name} above" if most is None else f"{name} up to {most}"
        for most, name in STEPS
    )
    return preset, f"the longer side is {longer} pixels in the median ({rule})"


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


def choose_image_shape(preset, image_size, channels):
    """The shape that the detector takes.

    Args:
        preset: str, of any method.
        image_size: pair of height and width, or None: the preset's own.
        channels: 1 or 3.

    Returns:
        Tuple (height, width, channels).
    """
    height, width = image_size or registry.presets()[preset]["image_shape"][:2]
    return int(height), int(width), channels
