"""Gaussian of patches (PaDiM, Defard et al. 2021)."""

import keras

from keras_novnorm.detectors.feature_detector import BACKBONE, FeatureDetector
from keras_novnorm.features.patch_gaussian import PatchGaussian


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PatchGaussianDetector(FeatureDetector):
    """PaDiM: an image is as novel as the patch that is least likely at its place.

    Defard et al. 2021: Mahalanobis distance of each patch from the normal ones of its
    place. Parts must lie alike in every image; where they do not, `by_place=False`
    takes one Gaussian for all places.

    Args:
        image_shape: `(height, width, channels)`.
        backbone: as `feature_network` takes it.
        by_place: whether each place has a Gaussian of its own.
        components: how many features are kept, drawn at random.
        **kwargs: passed to `FeatureDetector`.

    Raises:
        ValueError: if `components` is not positive.
    """

    METHOD = "patch_gaussian"
    MEASURES = ("patch_distance",)
    ARGUMENTS = (*FeatureDetector.ARGUMENTS, "by_place", "components")
    PRESETS = {
        "patch_gaussian": {
            "description": "PaDiM on a frozen network, 256x256; no training.",
            "image_shape": (256, 256, 3),
        },
        "patch_gaussian_anywhere": {
            "description": "As patch_gaussian, for parts that lie anywhere.",
            "image_shape": (256, 256, 3),
            "by_place": False,
            "components": 512,
        },
    }

    def __init__(
        self, image_shape, backbone=BACKBONE, by_place=True, components=64, **kwargs
    ):
        if components < 1:
            raise ValueError(f"`components` must be 1 or more. Received: {components}")
        self.by_place = by_place
        self.components = components
        super().__init__(image_shape, backbone, **kwargs)

    def make_gauges(self, stages):
        """Patches of the two resolutions before the coarsest."""
        places = self.fine_stages(stages)
        return [
            PatchGaussian(
                places,
                sum(stages[place][-1] for place in places),
                stages[places[0]][:2],
                self.by_place,
                self.components,
                measures=self.MEASURES,
                name="patch_gaussian",
            )
        ]
