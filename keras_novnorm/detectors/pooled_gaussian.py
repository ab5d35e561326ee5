"""Gaussian of pooled features (Rippel et al. 2021)."""

import keras

from keras_novnorm.detectors.feature_detector import FeatureDetector
from keras_novnorm.features.pooled_gaussian import PooledGaussian


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PooledGaussianDetector(FeatureDetector):
    """Mahalanobis distance of features, averaged over the image: no map, and fast.

    Rippel, Mertens, Merhof 2021: a Gaussian on each stage, the distances added up.

    Args:
        image_shape: `(height, width, channels)`.
        backbone: as `feature_network` takes it.
        **kwargs: passed to `FeatureDetector`.
    """

    METHOD = "pooled_gaussian"
    MEASURES = ("pooled_distance",)
    has_map = False
    PRESETS = {
        "pooled_gaussian": {
            "description": "Gaussian of a frozen network's features, 256x256.",
            "image_shape": (256, 256, 3),
        },
    }

    def make_gauges(self, stages):
        """The last stage but one, its mean alone."""
        place = self.middle_stages(stages)[-1]
        return [
            PooledGaussian(
                place, stages[place][-1], with_spread=False, name="pooled_gaussian"
            )
        ]
