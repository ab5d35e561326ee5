"""Anomaly maps and masks of one size, for the metrics of pixels."""

import numpy as np

_SIZE_OF_TILED = (256, 256)


class PixelMaps:
    """Counts the pixels of maps and masks, of any number of pictures.

    Args:
        card: dict, as `describe_detector` gives it.

    Attributes:
        size: tuple (height, width), which maps and masks are brought to.
    """

    def __init__(self, card):
        from keras_novnorm.metrics import PixelHistogram

        tiled = card.get("resize") == "tiles"
        self.size = _SIZE_OF_TILED if tiled else tuple(card["image_shape"][:2])
        self._new = PixelHistogram
        self._normals = PixelHistogram()
        self._types = {}
        self._num_emptied = 0

    @property
    def num_known(self):
        """int, pictures that were given."""
        return self._normals.num_maps + self._num_masks

    @property
    def _num_masks(self):
        return sum(one.num_maps for one in self._types.values())

    def add(self, example, anomaly_map):
        """Takes one picture in: a normal one, or one with a mask.

        Args:
            example: `ImageExample`.
            anomaly_map: float array [h, w], at the picture's own size.
        """
        from keras_novnorm.datasets.mask_picture import decode_mask

        mask, histogram = np.zeros(self.size, bool), self._normals
        if example.mask_bytes:
            mask = decode_mask(example.mask_bytes, *self.size)
            histogram = self._types.setdefault(example.class_name, self._new())
            self._num_emptied += not mask.any()
        histogram.add(mask, _resized(anomaly_map, self.size))

    def metrics(self):
        """Judges what was collected.

        Returns:
            dict of `pixel_auroc`, `per_region_overlap`, `num_masks`,
            `num_mask_normals`, `map_size`, `mask_resizing`, `pixel_types` (type of
            defect to the same two metrics) and `messages`.
        """
        from keras_novnorm.metrics import evaluate_pixel_histograms

        found = evaluate_pixel_histograms([self._normals, *self._types.values()])
        messages = self._messages() + found.pop("messages")
        by_type = {}
        for name, histogram in sorted(self._types.items()):
            one = evaluate_pixel_histograms([self._normals, histogram])
            one.pop("messages")
            by_type[name] = one | {"num_masks": histogram.num_maps}
        return {
            **found,
            "num_masks": self._num_masks,
            "num_mask_normals": self._normals.num_maps,
            "map_size": list(self.size),
            "mask_resizing": "nearest neighbour",
            "pixel_types": by_type,
            "messages": messages,
        }

    def _messages(self):
        if not self._num_emptied:
            return []
        return [
            f"{self._num_emptied} of {self._num_masks} masks have no anomalous pixel "
            f"left at the {self.size[0]} x {self.size[1]} of the maps; their pixels "
            "count as normal."
        ]


def _resized(anomaly_map, size):
    from PIL import Image

    if anomaly_map.shape == size:
        return np.asarray(anomaly_map, "float32")
    picture = Image.fromarray(np.asarray(anomaly_map, "float32"))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR))
