"""Anomaly maps and masks of one size, for the metrics of pixels."""

import heapq

import numpy as np

MOST_PIXELS = 2**26
"""Pixels of maps that are kept in memory at most: 256 MiB as float32."""

_SIZE_OF_TILED = (256, 256)


class PixelMaps:
    """Collects maps and masks, at most so many as fit into memory.

    Where there are more, the pictures with the lowest digests are kept: the same ones
    each time.

    Args:
        card: dict, as `describe_detector` gives it.
        most_pixels: int.

    Attributes:
        size: tuple (height, width), which maps and masks are brought to.
        num_known: int, pictures that were given.
    """

    def __init__(self, card, most_pixels=MOST_PIXELS):
        tiled = card.get("resize") == "tiles"
        self.size = _SIZE_OF_TILED if tiled else tuple(card["image_shape"][:2])
        self._most = max(1, most_pixels // (self.size[0] * self.size[1]))
        self._kept = []
        self.num_known = 0

    def add(self, example, anomaly_map):
        """Takes one picture in: a normal one, or one with a mask.

        Args:
            example: `ImageExample`.
            anomaly_map: float array [h, w], at the picture's own size.
        """
        from keras_novnorm.datasets.mask_picture import decode_mask

        self.num_known += 1
        key = -int(example.sha256[:16], 16)
        if len(self._kept) == self._most and key <= self._kept[0][0]:
            return
        mask = np.zeros(self.size, bool)
        if example.mask_bytes:
            mask = decode_mask(example.mask_bytes, *self.size)
        entry = (
            key,
            self.num_known,  # No two are equal, so arrays are never compared.
            _resized(anomaly_map, self.size),
            mask,
            example.class_name if example.mask_bytes else None,
        )
        push = heapq.heappushpop if len(self._kept) == self._most else heapq.heappush
        push(self._kept, entry)

    def metrics(self):
        """Judges what was collected.

        Returns:
            dict of `pixel_auroc`, `per_region_overlap`, `num_masks`,
            `num_mask_normals`, `map_size`, `mask_resizing`, `pixel_types` (type of
            defect to the same two metrics) and `messages`.
        """
        from keras_novnorm.metrics import evaluate_pixels

        kept = sorted(self._kept, key=lambda entry: entry[1])
        maps = np.stack([entry[2] for entry in kept])
        masks = np.stack([entry[3] for entry in kept])
        types = np.array([entry[4] or "" for entry in kept])
        found = evaluate_pixels(masks, maps)
        messages = self._messages(masks[types != ""]) + found.pop("messages")
        names = sorted(set(types.tolist()) - {""})
        by_type = {}
        for name in names:
            chosen = (types == "") | (types == name)
            one = evaluate_pixels(masks[chosen], maps[chosen])
            one.pop("messages")
            by_type[name] = one | {"num_masks": int(np.sum(types == name))}
        return {
            **found,
            "num_masks": int(np.sum(types != "")),
            "num_mask_normals": int(np.sum(types == "")),
            "map_size": list(self.size),
            "mask_resizing": "nearest neighbour",
            "pixel_types": by_type,
            "messages": messages,
        }

    def _messages(self, masks):
        messages = []
        if len(self._kept) < self.num_known:
            messages.append(
                f"Pixel metrics are of {len(self._kept)} of the {self.num_known} "
                "pictures whose masks are known: no more maps fit into memory."
            )
        emptied = int(np.sum(~masks.any(axis=(1, 2)))) if len(masks) else 0
        if emptied:
            messages.append(
                f"{emptied} of {len(masks)} masks have no anomalous pixel left at the "
                f"{self.size[0]} x {self.size[1]} of the maps; their pixels count as "
                "normal."
            )
        return messages


def _resized(anomaly_map, size):
    from PIL import Image

    if anomaly_map.shape == size:
        return np.asarray(anomaly_map, "float32")
    picture = Image.fromarray(np.asarray(anomaly_map, "float32"))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BILINEAR))
