"""Pixels of any number of anomaly maps, counted in narrow bins."""

import numpy as np

from keras_novnorm.metrics.ordered_bits import from_ordered_bits, to_ordered_bits

MOST_BINS = 2**20
"""Bins that are kept at most; below, each value has its own, and nothing is lost."""

_TOGETHER = 2**21
_TOUCHING = np.ones((3, 3), bool)


class PixelHistogram:
    """What the curves of pixels need to know of maps and masks, and not the maps.

    Each value has a bin of its own while there are few. When there are more than
    `MOST_BINS`, values are counted by their distance to the median: a bin then holds
    the float32 distances that agree in all but their lowest bits, so that bins are
    narrowest where most values lie, however small their range is beside their size.

    Attributes:
        num_maps: int, how many were added.
        num_regions: int, connected parts of the masks (pixels that touch at a corner
            belong together).
        num_not_finite: int, pixels that are NaN or infinite; they are in no bin.
    """

    def __init__(self):
        self.num_maps = self.num_regions = self.num_not_finite = 0
        self._center, self._dropped = np.float32(0), 0
        self._keys = np.zeros(0, "uint32")
        self._counts = np.zeros((2, 0), "int64")
        self._weights = np.zeros(0, "float64")
        self._waiting, self._num_waiting = [], 0

    def add(self, mask, anomaly_map):
        """Counts the pixels of one picture.

        Args:
            mask: bool array `[H, W]`, true where anomalous.
            anomaly_map: float array `[H, W]`, higher for more novel.
        """
        from scipy import ndimage

        mask = np.asarray(mask, bool)
        values = np.asarray(anomaly_map, "float32")
        weights = np.zeros(mask.shape, "float32")
        if mask.any():
            regions, count = ndimage.label(mask, structure=_TOUCHING)
            sizes = np.bincount(regions.ravel(), minlength=count + 1)
            weights[mask] = (1.0 / sizes)[regions[mask]]
            self.num_regions += count
        self.num_maps += 1
        finite = np.isfinite(values)
        self.num_not_finite += int(finite.size - np.count_nonzero(finite))
        self._waiting.append((values[finite], mask[finite], weights[finite]))
        self._num_waiting += values.size
        if self._num_waiting >= _TOGETHER:
            self._count()

    def bins(self):
        """What was counted.

        Returns:
            Tuple of arrays, one entry a bin: a value in it, float64; normal and
            anomalous pixels, int64; and the sum of the shares that its anomalous pixels
            have of their regions, float64.
        """
        self._count()
        return self._values(), *self._counts, self._weights

    def _values(self):
        keys = self._keys << np.uint32(self._dropped)
        return from_ordered_bits(keys).astype("float64") + float(self._center)

    def _count(self):
        if not self._waiting:
            return
        values, anomalous, weights = map(
            np.concatenate, zip(*self._waiting, strict=True)
        )
        self._waiting, self._num_waiting = [], 0
        keys, place = np.unique(self._key(values), return_inverse=True)
        counted = [
            np.bincount(place[chosen], minlength=keys.size)
            for chosen in (~anomalous, anomalous)
        ]
        shares = np.bincount(
            place[anomalous], weights=weights[anomalous], minlength=keys.size
        )
        self._merge(
            np.concatenate([self._keys, keys]),
            np.concatenate([self._counts, counted], axis=1),
            np.concatenate([self._weights, shares]),
        )
        while self._keys.size > MOST_BINS:
            self._coarsen()

    def _merge(self, keys, counts, weights):
        self._keys, place = np.unique(keys, return_inverse=True)
        size = self._keys.size
        total = np.zeros((2, size), "int64")
        for row, found in zip(total, counts, strict=True):
            np.add.at(row, place, found)
        self._counts = total
        self._weights = np.bincount(place, weights=weights, minlength=size)

    def _coarsen(self):
        keys = self._keys
        if not self._dropped:
            values, seen = self._values(), np.cumsum(self._counts.sum(axis=0))
            median = values[np.searchsorted(seen, seen[-1] / 2)]
            self._center = np.float32(median)
            keys = self._key(values.astype("float32"))
        self._dropped += 2
        self._merge(keys >> np.uint32(2), self._counts, self._weights)

    def _key(self, values):
        bits = to_ordered_bits(values - self._center)
        return bits >> np.uint32(self._dropped)
