"""Per-region overlap, exact."""

import numpy as np

from keras_novnorm.metrics.masks import check_masks_and_maps
from keras_novnorm.metrics.normals_above import count_normals_above

# Neighbours of a pixel: the eight around it, none in another image.
_NEIGHBOURS = np.zeros((3, 3, 3), bool)
_NEIGHBOURS[1] = True


def per_region_overlap(masks, maps, max_fpr=0.3):
    """Mean share of each anomalous region that is flagged, over false-positive rates.

    With regions `C_k`, `k = 1..K`, the connected components of the masks of all images
    (8-connectivity: pixels that touch at a corner belong together), and a pixel flagged
    where its map is at or above the threshold `t`:

        PRO(t) = 1/K sum_k |flagged(t) and C_k| / |C_k|
        FPR(t) = |flagged(t) and normal| / |normal|
        result = 1/max_fpr integral of PRO over FPR from 0 to max_fpr

    Normal pixels are those outside all masks, in normal and in novel images. The curve
    has a point at every distinct value of the maps, begins at (0, 0), and is linear in
    between, so also at `max_fpr`. Each region weighs the same, whatever its size. An
    empty mask has no region, whatever the label of its image.

    No curve is drawn: the integral of a sum is the sum of the integrals, and one pixel
    adds a ramp between two false-positive rates (see `count_normals_above`).

    Source: Bergmann et al., "MVTec AD", CVPR 2019, for the overlap; "The MVTec Anomaly
    Detection Dataset", IJCV 2021, for the integral, with `max_fpr=0.3`.

    Args:
        masks: array-like `[N, H, W]` of bool or 0 and 1, 1 where the image is
            anomalous; all zero for a normal image.
        maps: array-like `[N, H, W]` of float, higher for more novel.
        max_fpr: float in (0, 1], the false-positive rate up to which is integrated.

    Returns:
        Float in [0, 1]; a map that says nothing has `max_fpr / 2`.

    Raises:
        OneClassOnlyError: if no pixel is anomalous, or none is normal.
        ValueError: if the input is malformed.

    Example:

    >>> per_region_overlap([[[1, 0, 0, 1, 1]]], [[[9, 0, 0, 9, 0]]], max_fpr=1.0)
    0.875
    """
    from scipy import ndimage

    if not 0 < max_fpr <= 1:
        raise ValueError(
            "`max_fpr` is the false-positive rate up to which overlap is integrated, "
            f"in (0, 1]. Received: {max_fpr}"
        )
    masks, maps = check_masks_and_maps(masks, maps, "Per-region overlap")
    above, at_or_above = count_normals_above(masks, maps)
    limit = max_fpr * (masks.size - above.size)
    flagged = area_under_ramp(above, at_or_above, limit) / limit
    regions = ndimage.label(masks, structure=_NEIGHBOURS)[0][masks] - 1
    shares = np.bincount(regions, weights=flagged) / np.bincount(regions)
    return float(np.mean(shares))


def area_under_ramp(start, stop, limit):
    """Area, from 0 to `limit`, under what is 0 up to `start` and 1 from `stop`.

    Args:
        start: int64 array.
        stop: int64 array of the same shape, nowhere less.
        limit: float.

    Returns:
        float64 array of the same shape.
    """
    width = stop - start
    climbed = np.clip(limit - start, 0.0, width)
    return climbed**2 / (2 * np.maximum(width, 1)) + np.maximum(limit - stop, 0.0)
