"""How many normal pixels lie above each anomalous one."""

import numpy as np


def count_normals_above(masks, maps):
    """For each anomalous pixel, the normal pixels flagged before and with it.

    A threshold that comes down flags `above[i]` normal pixels before it reaches
    anomalous pixel `i`, and `above[i] + ties` when it has: divided by the number of
    normal pixels, these are the false-positive rates between which pixel `i` turns
    from missed to flagged. All exact pixel curves follow from them, with one sort.

    Args:
        masks: bool array `[N, H, W]`, true where anomalous.
        maps: float array `[N, H, W]`, higher for more novel.

    Returns:
        Tuple of int64 arrays `[A]`, one entry per anomalous pixel in the order of
        `maps[masks]`: normal pixels strictly above it, and at or above it.
    """
    normal = np.sort(maps[~masks])
    anomalous = maps[masks]
    # Looked up in order, neighbours share cache lines: many times faster.
    order = np.argsort(anomalous)
    above, at_or_above = np.empty((2, anomalous.size), "int64")
    ordered = anomalous[order]
    above[order] = normal.size - np.searchsorted(normal, ordered, side="right")
    at_or_above[order] = normal.size - np.searchsorted(normal, ordered, side="left")
    return above, at_or_above
