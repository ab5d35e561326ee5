"""All metrics of the pixels of a test set."""

import numpy as np

from keras_novnorm.metrics.per_region_overlap import per_region_overlap
from keras_novnorm.metrics.pixel_auroc import pixel_auroc
from keras_novnorm.metrics.pixel_curves import evaluate_pixel_histograms
from keras_novnorm.metrics.pixel_histogram import PixelHistogram

MOST_AT_ONCE = 2**24
"""Pixels that are sorted at once; of more, each map is counted by itself."""


def evaluate_pixels(masks, maps):
    """Metrics of anomaly maps, for those who would rather read a reason than catch it.

    Exact up to `MOST_AT_ONCE` pixels; beyond, within 1e-3 (see `PixelHistogram`), so
    that memory does not grow with the number of maps.

    Args:
        masks: array-like `[N, H, W]` of bool or 0 and 1, 1 where the image is
            anomalous; all zero for a normal image.
        maps: array-like `[N, H, W]` of float, higher for more novel.

    Returns:
        Dictionary: `pixel_auroc`, `per_region_overlap` and `messages`. What is not
        defined, or not to be had from these maps, is `None`, and a message says why.
    """
    if np.shape(masks) == np.shape(maps) and np.size(maps) > MOST_AT_ONCE:
        histogram = PixelHistogram()
        for mask, anomaly_map in zip(masks, maps, strict=True):
            histogram.add(mask, anomaly_map)
        return evaluate_pixel_histograms([histogram])
    result, messages = {}, []
    for name, metric in (
        ("pixel_auroc", pixel_auroc),
        ("per_region_overlap", per_region_overlap),
    ):
        try:
            result[name] = metric(masks, maps)
        except ValueError as error:
            result[name] = None
            messages.append(str(error))
    return {**result, "messages": messages}
