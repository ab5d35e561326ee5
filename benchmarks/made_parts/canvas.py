"""What the made pictures have in common: coordinates, noise, light and shapes."""

import numpy as np
from scipy import ndimage


def grid(height, width):
    """Coordinates of the pixels' middles.

    Args:
        height: pixels.
        width: pixels.

    Returns:
        Tuple of float arrays `[height, width]`, rows and columns.
    """
    return np.mgrid[0:height, 0:width].astype(float)


def smooth_noise(random, shape, sigma):
    """Noise without detail below a size.

    Args:
        random: `numpy.random.Generator`.
        shape: of the array.
        sigma: pixels, or one for each axis.

    Returns:
        Float array, mean 0, deviation 1.
    """
    noise = ndimage.gaussian_filter(random.normal(size=shape), sigma, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def light(random, height, width, strength):
    """A gradient of light from a side of its own for each picture.

    Args:
        random: `numpy.random.Generator`.
        height: pixels.
        width: pixels.
        strength: largest change, as a share.

    Returns:
        Float array `[height, width]` around 1.
    """
    rows, columns = grid(height, width)
    angle = random.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * (rows / height - 0.5) + np.sin(angle) * (
        columns / width - 0.5
    )
    return 1.0 + random.uniform(0.2, 1.0) * strength * slope


def line(shape, start, angle, length, width):
    """How much of each pixel a straight line covers.

    Args:
        shape: `(height, width)`.
        start: pair of row and column.
        angle: radians.
        length: pixels.
        width: pixels.

    Returns:
        Float array `[height, width]` in [0, 1].
    """
    rows, columns = grid(*shape)
    down, right = rows - start[0], columns - start[1]
    along = down * np.sin(angle) + right * np.cos(angle)
    beside = np.abs(right * np.sin(angle) - down * np.cos(angle))
    ends = np.clip(np.minimum(along, length - along) + 0.5, 0, 1)
    return ends * np.clip(width / 2 - beside + 0.5, 0, 1)


def spot(random, shape, middle, radius):
    """A roundish spot with an edge of its own.

    Args:
        random: `numpy.random.Generator`.
        shape: `(height, width)`.
        middle: pair of row and column.
        radius: pixels, on average.

    Returns:
        Float array `[height, width]` in [0, 1].
    """
    rows, columns = grid(*shape)
    down, right = rows - middle[0], columns - middle[1]
    angle, edge = np.arctan2(down, right), radius
    for wave in (2, 3, 5):
        turn = random.uniform(0, 2 * np.pi)
        edge = edge + radius * random.uniform(0, 0.3) / wave * np.cos(
            wave * angle + turn
        )
    return np.clip(edge - np.hypot(down, right) + 0.5, 0, 1)


def place(random, shape, margin):
    """A place that is not at the border.

    Args:
        random: `numpy.random.Generator`.
        shape: `(height, width)`.
        margin: pixels.

    Returns:
        Float array of row and column.
    """
    return random.uniform(margin, np.asarray(shape[:2]) - margin)
