"""Novelty normalization on the features of a frozen network."""

import keras

from keras_novnorm.detectors.feature_detector import BACKBONE, FeatureDetector
from keras_novnorm.features.patch_memory import PatchMemory
from keras_novnorm.features.pooled_gaussian import PooledGaussian

PREFIXES = ("", "coarse_")
"""Of the measures at full and at half size."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class FeaturesDetector(FeatureDetector):
    """Pooled features and patches of a frozen network, each on the normals' scale.

    Which measure tells a defect depends on the defect: where it is everywhere, the
    picture as a whole and the mean over patches; where it is a scratch, the farthest
    patch. Each is brought to the scale it has on normals, and they are combined by a
    smooth maximum. Not in the paper; its idea on other measures.

    Args:
        image_shape: `(height, width, channels)`.
        backbone: as `feature_network` takes it.
        capacity: how many normal patches are kept.
        **kwargs: passed to `FeatureDetector`.

    Raises:
        ValueError: if `capacity` is not positive.

    Example:

    >>> detector = FeaturesDetector((256, 256, 3))  # doctest: +SKIP
    >>> detector.fit(normal_images)  # doctest: +SKIP
    >>> detector.calibrate(held_out_normal_images)  # doctest: +SKIP
    """

    METHOD = "features"
    SCALES = (1, 2)
    MEASURES = tuple(
        f"{prefix}{name}"
        for prefix in PREFIXES
        for name in ("pooled_distance", "patch_mean", "patch_peak")
    )
    ARGUMENTS = (*FeatureDetector.ARGUMENTS, "capacity")
    PRESETS = {
        "features": {
            "description": "Features of a frozen network, 256x256; no training.",
            "image_shape": (256, 256, 3),
        },
    }

    def __init__(self, image_shape, backbone=BACKBONE, capacity=2048, **kwargs):
        if capacity < 1:
            raise ValueError(f"`capacity` must be 1 or more. Received: {capacity}")
        self.capacity = capacity
        super().__init__(image_shape, backbone, **kwargs)

    def make_gauges(self, stages):
        """For each scale the last stage but one, pooled, and patches."""
        number, gauges = len(stages) // len(self.SCALES), []
        for scale, prefix in enumerate(PREFIXES):
            own = stages[scale * number : (scale + 1) * number]
            # At full size what is small, at half of it what is large.
            middle = self.middle_stages(own)
            chosen = middle if scale else self.fine_stages(own)
            places = [scale * number + place for place in chosen]
            last = scale * number + middle[-1]
            gauges += [
                PooledGaussian(
                    last,
                    stages[last][-1],
                    measures=(f"{prefix}pooled_distance",),
                    name=f"{prefix}pooled_gaussian",
                ),
                PatchMemory(
                    places,
                    sum(stages[place][-1] for place in places),
                    stages[places[0]][:2],
                    self.capacity,
                    measures=(f"{prefix}patch_mean", f"{prefix}patch_peak"),
                    name=f"{prefix}patch_memory",
                ),
            ]
        return gauges
