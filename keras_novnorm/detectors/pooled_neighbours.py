"""Nearest neighbours of pooled features (Bergman et al. 2020)."""

import keras

from keras_novnorm.detectors.feature_detector import BACKBONE, FeatureDetector
from keras_novnorm.features.pooled_memory import PooledMemory


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PooledNeighboursDetector(FeatureDetector):
    """Distance of an image's features from those of the nearest normal images.

    Deep Nearest-Neighbor (Bergman, Cohen, Hoshen 2020) in cosine distance: for whole
    things, where the question is what they are.

    Args:
        image_shape: `(height, width, channels)`.
        backbone: as `feature_network` takes it.
        neighbours: how many neighbours count.
        capacity: how many normal images are kept; of more, a random sample.
        **kwargs: passed to `FeatureDetector`.

    Raises:
        ValueError: if `neighbours` or `capacity` is not positive.
    """

    METHOD = "pooled_neighbours"
    MEASURES = ("neighbour_distance",)
    has_map = False
    ARGUMENTS = (*FeatureDetector.ARGUMENTS, "neighbours", "capacity")
    PRESETS = {
        "pooled_neighbours": {
            "description": "Nearest in a frozen network's features, 128x128.",
            "image_shape": (128, 128, 3),
        },
    }

    def __init__(
        self, image_shape, backbone=BACKBONE, neighbours=2, capacity=8192, **kwargs
    ):
        for name, value in (("neighbours", neighbours), ("capacity", capacity)):
            if value < 1:
                raise ValueError(f"`{name}` must be 1 or more. Received: {value}")
        self.neighbours = neighbours
        self.capacity = capacity
        super().__init__(image_shape, backbone, **kwargs)

    def make_gauges(self, stages):
        """The last stage."""
        return [
            PooledMemory(
                len(stages) - 1,
                stages[-1][-1],
                self.neighbours,
                self.capacity,
                measures=self.MEASURES,
                name="pooled_memory",
            )
        ]
