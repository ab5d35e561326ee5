"""Pixels of normal pictures' maps, which the threshold of the map is set from."""

import numpy as np

MOST_PICTURES = 512
_PIXELS_KEPT = 4096


class MapSample:
    """A sample of the maps of held-out normals, the same through every door.

    Of each of the first `MOST_PICTURES` pictures at most 4,096 pixels are kept, one
    drawn at random from each of as many stretches: not at even distances, which
    would fall into a few columns of the picture.
    """

    def __init__(self):
        self._kept = []
        self._generator = np.random.default_rng(0)

    @property
    def is_full(self):
        """Whether there are pictures enough: `add` would leave others out."""
        return len(self._kept) >= MOST_PICTURES

    def add(self, values):
        """Take one picture in.

        Args:
            values: float array `[h, w]`, its map.
        """
        if self.is_full:
            return
        values = np.asarray(values).ravel()
        if values.size > _PIXELS_KEPT:
            places = np.arange(_PIXELS_KEPT) + self._generator.random(_PIXELS_KEPT)
            values = values[(places * (values.size / _PIXELS_KEPT)).astype("int64")]
        self._kept.append(values)

    def values(self):
        """Returns float array, all pixels that were kept."""
        return np.concatenate([np.zeros(0, "float32"), *self._kept])
