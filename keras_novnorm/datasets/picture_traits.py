"""What a picture is like beside what it shows: size, proportions, colour, range.

A detector brings every picture to one form, so that it would not notice.
"""

import math

import numpy as np

from keras_novnorm.datasets.picture_digest import decode_pixels
from novnorm_pictures.bit_depth import bits_of
from novnorm_pictures.kinds import kind_of

MOST_LOOKED_AT = 256
"""Of more training pictures, as many are looked at, spread over all."""

SIZE_FACTOR = 3.0
PROPORTIONS_FACTOR = 1.5
LEVEL_FACTOR = 4.0
_GREY, _COLOURED = 0.005, 0.02
_FEW_ROWS = 256
_FEWEST_LEVEL = 1 / 255


def measure(colours):
    """Measures one picture.

    Args:
        colours: uint16 array [H, W, 3], as `decode_pixels` gives it.

    Returns:
        dict of float: `size`, the side of a square of as many pixels; `proportions`,
        width by height; `colour`, the mean difference of the strongest and the weakest
        of the three colours; `range`, the
        level that one pixel in 200 exceeds. The last two in
        shares of the whole range.
    """
    height, width = colours.shape[:2]
    few = colours[:: 1 + height // _FEW_ROWS, :: 1 + width // _FEW_ROWS]
    strongest, weakest = few.max(axis=-1), few.min(axis=-1)
    return {
        "size": math.sqrt(height * width),
        "proportions": width / height,
        "colour": float(np.mean(strongest - weakest) / 65535),
        "range": float(np.quantile(strongest, 0.995) / 65535),
    }


def measure_some(pictures):
    """Measures some of many pictures.

    Args:
        pictures: list of bytes, as for `decode_pixels`.

    Returns:
        Tuple of a list of dict, as `measure` gives them, and the pair of the least and
        the greatest value of all their pixels, in shares of the whole range.
    """
    step = -(-len(pictures) // MOST_LOOKED_AT)
    found, low, high = [], 65535, 0
    for content in pictures[:: max(step, 1)]:
        colours = decode_pixels(content)
        found.append(measure(colours))
        low, high = min(low, int(colours.min())), max(high, int(colours.max()))
    return found, (low / 65535, high / 65535)


def is_deep(content):
    """Says whether a picture has 16 bits a level.

    Args:
        content: bytes, a PNG or JPEG file as `transcode` gives it.

    Returns:
        bool.
    """
    return bits_of(kind_of(content), content) > 8


def ends_of(measured):
    """The least and the greatest of each trait.

    Args:
        measured: list of dict, as `measure` gives them; not empty.

    Returns:
        dict from trait to pair of float.
    """
    return {
        name: (min(m[name] for m in measured), max(m[name] for m in measured))
        for name in measured[0]
    }


def unlike(measured, known):
    """Says in what a picture is unlike those of the training.

    Args:
        measured: dict, as `measure` gives it.
        known: dict from trait to the pair of the least and the greatest of the
            training, or None: nothing is known.

    Returns:
        dict from trait to str, what is unlike, in words; empty where nothing is.
    """
    if not known:
        return {}
    found = {}
    for name, factor, least, words in (
        ("size", SIZE_FACTOR, 0.0, "times as large"),
        ("proportions", PROPORTIONS_FACTOR, 0.0, "times as wide by its height"),
        ("range", LEVEL_FACTOR, _FEWEST_LEVEL, "times as bright"),
    ):
        low, high = (max(end, least) for end in known[name])
        value = max(measured[name], least)
        times = value / high if value > high else value / low
        if value > factor * high or factor * value < low:
            found[name] = f"{times:.2g} {words}"
    low, high = known["colour"]
    if high < _GREY and measured["colour"] > _COLOURED:
        found["colour"] = "in colour, in training grey"
    if low > _COLOURED and measured["colour"] < _GREY:
        found["colour"] = "grey, in training in colour"
    return found
