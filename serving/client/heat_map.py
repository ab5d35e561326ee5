"""An anomaly map over its picture."""

import numpy as np
from PIL import Image

_STRONGEST = 0.75


def overlay(picture, values, low, high):
    """Lays a map over a picture: the higher the value, the less of the picture.

    Args:
        picture: `PIL.Image.Image`, of any size.
        values: float array [H, W], of any size; brought to the picture's,
            bilinearly.
        low: float, the value of the first colour.
        high: float, the value of the last. The two should be the same for all
            pictures that are compared: a scale of each picture's own would make
            every good one glow.

    Returns:
        `PIL.Image.Image` of mode RGB, of the picture's size.
    """
    import matplotlib  # takes a while, and most runs write no maps

    heat = Image.fromarray(np.asarray(values, np.float32))
    heat = np.asarray(heat.resize(picture.size, Image.Resampling.BILINEAR))
    heat = np.clip((heat - low) / max(high - low, 1e-12), 0.0, 1.0)[..., None]
    colours = matplotlib.colormaps["inferno"](heat[..., 0])[..., :3] * 255.0
    alpha = _STRONGEST * heat
    mixed = (1.0 - alpha) * _rgb(picture) + alpha * colours
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _rgb(picture):
    if picture.mode == "I;16":
        grey = np.asarray(picture).astype(np.float32) * (255.0 / 65535.0)
        return np.repeat(grey[..., None], 3, axis=2)
    return np.asarray(picture.convert("RGB"), np.float32)
