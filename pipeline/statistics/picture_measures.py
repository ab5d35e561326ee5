"""What is measured of pictures of one size."""

import dataclasses

import numpy as np

MEASURES = {"brightness": (0.0, 1.0), "contrast": (0.0, 0.5), "sharpness": (-7.0, 1.0)}
"""One number of each picture, and the range of its histogram.

Brightness is the mean of its grey levels, contrast their standard deviation, and
sharpness the decimal logarithm of the variance of their Laplacian.
"""

_WEIGHTS = np.array([0.299, 0.587, 0.114])
_MOST_PIXELS = 2**20


@dataclasses.dataclass(frozen=True)
class PictureMeasures:
    """Measures of some pictures.

    Attributes:
        num_pixels: int, of one picture, that were looked at.
        sums: list of three int, of all levels in [0, 65535] of each channel.
        squares: list of three int, of their squares.
        intensity: int array [3, bins], histogram of the levels of each channel.
        measures: dict from the names of `MEASURES` to arrays, one number per picture.
    """

    num_pixels: int
    sums: list
    squares: list
    intensity: np.ndarray
    measures: dict


def measure(pictures, bins):
    """Measures pictures of one size.

    Of pictures with more than a megapixel, every second, third, ... row and column is
    looked at, so that as many remain.

    Args:
        pictures: uint16 array [N, H, W, 3], 65535 the brightest.
        bins: int, of the histogram.

    Returns:
        `PictureMeasures`.
    """
    step = int(np.ceil(np.sqrt(pictures.shape[1] * pictures.shape[2] / _MOST_PIXELS)))
    pictures = pictures[:, ::step, ::step]
    is_grey = bool(
        (pictures[..., 0] == pictures[..., 1]).all()
        and (pictures[..., 0] == pictures[..., 2]).all()
    )
    found = [_channel(pictures[..., n], bins) for n in range(1 if is_grey else 3)]
    sums, squares, intensity = zip(*(found * (3 if is_grey else 1)), strict=True)
    unit = pictures[..., 0] if is_grey else pictures @ _WEIGHTS
    unit = unit.astype(np.float32) / np.float32(65535)
    return PictureMeasures(
        num_pixels=unit[0].size,
        sums=list(sums),
        squares=list(squares),
        intensity=np.stack(intensity),
        measures={
            "brightness": unit.mean(axis=(1, 2)),
            "contrast": unit.std(axis=(1, 2)),
            "sharpness": np.log10(_laplacian_variance(unit) + 1e-7),
        },
    )


def _channel(levels, bins):
    levels = levels.astype(np.uint64)
    counts = np.bincount((levels * bins >> 16).ravel(), minlength=bins)
    return int(levels.sum()), int((levels * levels).sum()), counts


def _laplacian_variance(unit):
    if min(unit.shape[1:]) < 3:
        return np.zeros(len(unit), np.float32)
    laplacian = (
        unit[:, :-2, 1:-1]
        + unit[:, 2:, 1:-1]
        + unit[:, 1:-1, :-2]
        + unit[:, 1:-1, 2:]
        - 4 * unit[:, 1:-1, 1:-1]
    )
    return laplacian.var(axis=(1, 2))
