"""Anomaly maps held against masks, picture by picture, of each type of defect."""

import numpy as np

from keras_novnorm.metrics.pixel_curves import evaluate_pixel_histograms
from keras_novnorm.metrics.pixel_histogram import PixelHistogram

MASK_RESIZING = "nearest neighbour"


class PixelComparison:
    """Counts the pixels of maps and masks of one size, of any number of pictures.

    Args:
        size: tuple `(height, width)` of all maps and masks.
    """

    def __init__(self, size):
        self.size = tuple(size)
        self._normals = PixelHistogram()
        self._types = {}
        self._num_emptied = 0

    @property
    def num_pictures(self):
        """How many pictures were given."""
        return self._normals.num_maps + self._num_masks

    @property
    def _num_masks(self):
        return sum(one.num_maps for one in self._types.values())

    def add(self, anomaly_map, mask=None, kind="", is_emptied=False):
        """Take one picture in.

        Args:
            anomaly_map: float array `[height, width]`.
            mask: bool array `[height, width]`, true where anomalous; `None` of a normal
                picture.
            kind: type of the defect.
            is_emptied: whether the mask lost all that it marks on its way to the size.
        """
        histogram = self._normals
        if mask is None:
            mask = np.zeros(self.size, bool)
        else:
            histogram = self._types.setdefault(kind, PixelHistogram())
            self._num_emptied += is_emptied
        histogram.add(mask, anomaly_map)

    def metrics(self):
        """Judge what was counted.

        Returns:
            Dictionary of `pixel_auroc`, `per_region_overlap`, `num_masks` (novel
            pictures), `num_mask_normals` (normal ones, all zero), `map_size`,
            `mask_resizing`, `pixel_types` (type of defect to the same two metrics) and
            `messages`.
        """
        found = evaluate_pixel_histograms([self._normals, *self._types.values()])
        messages = self._messages() + found.pop("messages")
        by_type = {}
        for name, histogram in sorted(self._types.items()):
            one = evaluate_pixel_histograms([self._normals, histogram])
            del one["messages"]
            by_type[name] = {**one, "num_masks": histogram.num_maps}
        return {
            **found,
            "num_masks": self._num_masks,
            "num_mask_normals": self._normals.num_maps,
            "map_size": list(self.size),
            "mask_resizing": MASK_RESIZING,
            "pixel_types": by_type,
            "messages": messages,
        }

    def _messages(self):
        if not self._num_emptied:
            return []
        height, width = self.size
        return [
            f"{self._num_emptied} of {self._num_masks} masks have no anomalous pixel "
            f"left at the {height} x {width} of the maps; their pixels count as normal."
        ]
