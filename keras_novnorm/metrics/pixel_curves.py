"""Metrics of the pixels of any number of pictures, from what was counted of them."""

import numpy as np

from keras_novnorm.metrics.per_region_overlap import area_under_ramp

_TITLES = {"pixel_auroc": "Pixel AUROC", "per_region_overlap": "Per-region overlap"}


def evaluate_pixel_histograms(histograms, max_fpr=0.3):
    """The metrics of `evaluate_pixels`, of maps that are no longer there.

    Equal to those where each value has a bin of its own. Where pixels share a bin, they
    count as tied: the result lies off by at most half the share of pairs of a normal
    and an anomalous pixel that do.

    Args:
        histograms: list of `PixelHistogram`, whose pictures are judged together.
        max_fpr: float in (0, 1], as in `per_region_overlap`.

    Returns:
        Dictionary: `pixel_auroc`, `per_region_overlap` and `messages`. What is not
        defined is `None`, and a message says why.
    """
    why = _why_not(histograms)
    if why:
        names = {
            "pixel_auroc": "Pixel AUROC",
            "per_region_overlap": "Per-region overlap",
        }
        messages = [f"{title} {why}" for title in names.values()]
        return {**dict.fromkeys(names), "messages": messages}
    parts = zip(*(one.bins() for one in histograms), strict=True)
    values, normal, anomalous, weights = map(np.concatenate, parts)
    values, place = np.unique(values, return_inverse=True)
    normal, anomalous, weights = (
        np.bincount(place, weights=part, minlength=values.size)
        for part in (normal, anomalous, weights)
    )
    normal, anomalous = normal.astype("int64"), anomalous.astype("int64")
    at_or_above = np.cumsum(normal[::-1])[::-1]
    above = at_or_above - normal
    total = int(at_or_above[0])
    pairs = total * int(anomalous.sum())
    lost = int(np.sum(anomalous * (above + at_or_above)))
    limit = max_fpr * total
    flagged = area_under_ramp(above, at_or_above, limit) / limit
    regions = sum(one.num_regions for one in histograms)
    return {
        "pixel_auroc": (2 * pairs - lost) / (2 * pairs),
        "per_region_overlap": float(np.sum(weights * flagged) / regions),
        "messages": [],
    }


def _why_not(histograms):
    broken = sum(one.num_not_finite for one in histograms)
    if broken:
        return f"needs finite maps. Received {broken} pixels that are NaN or infinite."
    normal, anomalous = (
        sum(int(one.bins()[column].sum()) for one in histograms) for column in (1, 2)
    )
    if normal and anomalous:
        return None
    have, lack = ("anomalous", "normal") if anomalous else ("normal", "anomalous")
    return (
        "compares normal with anomalous pixels and is not defined here: all "
        f"{normal + anomalous} pixels of {sum(one.num_maps for one in histograms)} "
        f"masks are {have}. Add images with {lack} pixels, or check how the masks were "
        "read."
    )
