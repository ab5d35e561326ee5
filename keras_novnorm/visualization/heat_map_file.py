"""Heat maps as files."""

import pathlib

from keras_novnorm.visualization.overlay import overlay


def write_heat_map(path, picture, anomaly_map, scale, threshold=None):
    """Write a heat map, laid over its picture, as a PNG of the picture's size.

    Args:
        path: file to write; folders are made.
        picture: as in `overlay`.
        anomaly_map: as in `overlay`.
        scale: as in `overlay`.
        threshold: as in `overlay`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: as in `overlay`.
    """
    from PIL import Image

    path = pathlib.Path(path)
    drawn = Image.fromarray(overlay(picture, anomaly_map, scale, threshold))
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(path, format="PNG")
    return path
