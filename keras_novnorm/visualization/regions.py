"""The places of a picture that are novel."""

import math

import numpy as np

MIN_PIXELS = 4
# Pixels that touch at a corner belong together, as in `per_region_overlap`.
_NEIGHBOURS = np.ones((3, 3), bool)


def find_regions(anomaly_map, threshold, min_pixels=MIN_PIXELS):
    """Connected regions of an anomaly map above a threshold.

    Args:
        anomaly_map: float `[H, W]`.
        threshold: float, `detector.map_threshold`; a pixel strictly above it is novel.
        min_pixels: regions of fewer pixels are left out.

    Returns:
        List of dictionaries, the highest `peak` first: `box`, `[left, top, right,
        bottom]` in pixels, right and bottom excluded; `area`, its number of pixels;
        `peak` and `mean` of the map within. Plain numbers, ready for JSON.

    Raises:
        ValueError: if `anomaly_map` has not two dimensions, or `threshold` is NaN.

    Example:

    >>> find_regions([[0, 0, 0], [0, 3, 1], [0, 2, 2]], threshold=1.5, min_pixels=1)
    [{'box': [1, 1, 3, 3], 'area': 3, 'peak': 3.0, 'mean': 2.3333333333333335}]
    """
    from scipy import ndimage

    anomaly_map = np.asarray(anomaly_map)
    if anomaly_map.ndim != 2:
        raise ValueError(
            "`anomaly_map` must be [height, width]. Received an array of shape "
            f"{anomaly_map.shape}."
        )
    if math.isnan(threshold):
        raise ValueError(
            "Regions need a threshold for pixels. Received: nan. Calibrate the "
            "detector first: `map_threshold` comes from held-out normals."
        )
    labels, count = ndimage.label(anomaly_map > threshold, structure=_NEIGHBOURS)
    if not count:
        return []
    numbers = np.arange(1, count + 1)
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    peaks = ndimage.maximum(anomaly_map, labels, numbers)
    means = ndimage.mean(anomaly_map, labels, numbers)
    regions = [
        {
            "box": [columns.start, rows.start, columns.stop, rows.stop],
            "area": int(area),
            "peak": float(peak),
            "mean": float(mean),
        }
        for (rows, columns), area, peak, mean in zip(
            ndimage.find_objects(labels), areas, peaks, means, strict=True
        )
        if area >= min_pixels
    ]
    return sorted(regions, key=lambda r: (-r["peak"], -r["area"], r["box"]))
