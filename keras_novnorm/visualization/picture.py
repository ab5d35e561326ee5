"""Arrays as pictures that an HTML page can hold."""

import base64
import io

import numpy as np


def png_data_uri(image):
    """An image as the text of a PNG data URI.

    Args:
        image: uint8 `[H, W]`, `[H, W, 1]`, `[H, W, 3]`, or float in [0, 1].

    Returns:
        A string that an `img` element takes as `src`.
    """
    from PIL import Image

    image = np.asarray(image)
    if image.dtype != np.uint8:
        image = np.round(np.clip(image, 0.0, 1.0) * 255).astype(np.uint8)
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def heat_map(values, scale):
    """Colours of an anomaly map on a scale that is the same for all images.

    A scale of each image's own would make every good image glow.

    Args:
        values: float `[H, W]`, not negative.
        scale: the value that gets the brightest colour.

    Returns:
        uint8 array `[H, W, 3]`.
    """
    import matplotlib

    relative = np.clip(np.asarray(values, "float64") / max(scale, 1e-12), 0.0, 1.0)
    return np.round(matplotlib.colormaps["inferno"](relative)[..., :3] * 255).astype(
        np.uint8
    )
