"""The pictures of a report with their heat maps, small enough for one file."""

import math

import numpy as np

from keras_novnorm.visualization.overlay import overlay
from keras_novnorm.visualization.picture import data_uri
from keras_novnorm.visualization.rgb_picture import rgb_picture

_LONGEST = 256
_TINY = 96
# Pictures of full size in memory at once.
_AT_ONCE = 8


def cards_of_images(detector, images, scale=None):
    """Views of images at the model's size: input, reconstruction, heat map.

    Args:
        detector: the `OneClassDetector`.
        images: `[K, H, W, C]`, uint8 or float in [0, 1].
        scale: value of the brightest colour, or `None` to take it from `images`.

    Returns:
        Pair of a list of `K` lists of `(name, data URI)`, and the scale; `None` where
        there is no map.
    """
    cards = [[("input", data_uri(_for_page(image)[0]))] for image in images]
    if detector.can_reconstruct:
        for card, rebuilt in zip(cards, detector.reconstruct(images), strict=True):
            view = data_uri(_for_page(np.asarray(rebuilt))[0])
            card.append(("reconstruction", view))
    if not detector.has_map:
        return cards, None
    maps = np.asarray(detector.anomaly_map(images))
    scale = scale or _scale_of(maps)
    threshold = map_threshold(detector)
    for card, image, values in zip(cards, images, maps, strict=True):
        card.append(("heat map", data_uri(_heat_map(image, values, scale, threshold))))
    return cards, scale


def cards_of_pictures(detector, indices, load_pictures, scale=None):
    """Views of pictures at their own size, made smaller: picture, heat map.

    Args:
        detector: the `OneClassDetector`.
        indices: list of `K` indices.
        load_pictures: function of a list of indices that gives a list of `(picture,
            map or None)`; called for few at a time.
        scale: value of the brightest colour, or `None` to take it from the maps.

    Returns:
        Pair of a list of `K` lists of `(name, data URI)`, and the scale, `None` where
        there is no map.
    """
    small = []
    for first in range(0, len(indices), _AT_ONCE):
        some = indices[first : first + _AT_ONCE]
        small += [_for_page(*pair) for pair in load_pictures(some)]
    maps = [values for _, values in small if values is not None]
    if maps and not scale:
        scale = _scale_of(np.concatenate([values.ravel() for values in maps]))
    threshold = map_threshold(detector)
    cards = []
    for picture, values in small:
        views = [("picture", data_uri(picture))]
        if values is not None:
            drawn = overlay(picture, values, scale, threshold)
            views.append(("heat map", data_uri(drawn)))
        cards.append(views)
    return cards, scale if maps else None


def map_scale(detector):
    """The detector's own scale of heat maps, or `None` where it has none."""
    # Zero where the maps of all normals are: no scale either.
    return _known(getattr(detector, "map_scale", None)) or None


def map_threshold(detector):
    """The value above which a pixel is novel, or `None` before there is one."""
    return _known(getattr(detector, "map_threshold", None))


def normals_scale(detector, images):
    """A scale from normal images: twice what 99.9% of their pixels stay below."""
    return _scale_of(np.asarray(detector.anomaly_map(images)))


def _known(value):
    return None if value is None or not math.isfinite(value) else float(value)


def _scale_of(maps):
    return max(2.0 * float(np.quantile(maps, 0.999)), 1e-12)


def _heat_map(image, values, scale, threshold):
    picture, values = _for_page(image, values)
    return overlay(picture, values, scale, threshold)


def _for_page(picture, values=None):
    """A picture, and its map, at a size that a page shows well."""
    from PIL import Image

    picture = rgb_picture(picture)
    height, width = picture.shape[:2]
    longest = max(height, width)
    if longest < _TINY:
        # As squares; a contour of one pixel is then thin.
        times = math.ceil(_TINY / longest)
        return _repeat(picture, times), None if values is None else _repeat(
            np.asarray(values), times
        )
    if longest > _LONGEST:
        size = tuple(max(1, round(n * _LONGEST / longest)) for n in (width, height))
        picture = np.asarray(
            Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        )
        if values is not None:
            values = Image.fromarray(np.asarray(values, "float32"))
            values = np.asarray(values.resize(size, Image.Resampling.BOX))
    return picture, values


def _repeat(array, times):
    return np.repeat(np.repeat(array, times, axis=0), times, axis=1)
