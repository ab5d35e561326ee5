"""Nearest neighbours of patches (PatchCore, Roth et al. 2022)."""

import keras

from keras_novnorm.detectors.feature_detector import BACKBONE, FeatureDetector
from keras_novnorm.features.patch_memory import PatchMemory


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PatchNeighboursDetector(FeatureDetector):
    """PatchCore: an image is as novel as its patch that is farthest from normal ones.

    Roth et al. 2022, with whitened patches: the largest distance of a patch from the
    nearest in a coreset of normal ones, weighted by eq. (7).

    Args:
        image_shape: `(height, width, channels)`.
        backbone: as `feature_network` takes it.
        capacity: how many normal patches are kept.
        **kwargs: passed to `FeatureDetector`.

    Raises:
        ValueError: if `capacity` is not positive.
    """

    METHOD = "patch_neighbours"
    MEASURES = ("patch_distance",)
    ARGUMENTS = (*FeatureDetector.ARGUMENTS, "capacity")
    PRESETS = {
        "patch_neighbours": {
            "description": "PatchCore on a frozen network, 256x256; no training.",
            "image_shape": (256, 256, 3),
        },
    }

    def __init__(self, image_shape, backbone=BACKBONE, capacity=2048, **kwargs):
        if capacity < 1:
            raise ValueError(f"`capacity` must be 1 or more. Received: {capacity}")
        self.capacity = capacity
        super().__init__(image_shape, backbone, **kwargs)

    def make_gauges(self, stages):
        """Patches of the two resolutions before the coarsest."""
        places = self.fine_stages(stages)
        return [
            PatchMemory(
                places,
                sum(stages[place][-1] for place in places),
                stages[places[0]][:2],
                self.capacity,
                reweighted=True,
                measures=self.MEASURES,
                name="patch_memory",
            )
        ]
