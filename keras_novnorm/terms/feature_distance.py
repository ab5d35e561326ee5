"""Feature distance: how far a picture's features lie from the normal class's cloud."""

import keras
from keras import ops

from keras_novnorm.terms.latent_distance import LatentDistance


@keras.saving.register_keras_serializable(package="keras_novnorm")
class FeatureDistance(LatentDistance):
    """Squared Mahalanobis distance of features in the place of `z`.

    The features of a frozen network, averaged over the picture. It needs no training
    (Rippel et al. 2021). Not in the paper.

    Args:
        backbone: Keras model `[B, H, W, C] -> [B, h, w, D]`, such as
            `pretrained_features` gives; it is not trained.
        shrinkage: as in `LatentDistance`; features are many and normals few.
        name: name of the output.
        **kwargs: passed to `LatentDistance`.
    """

    reads_autoencoder = False

    def __init__(self, backbone, shrinkage=1e-2, name="feature_distance", **kwargs):
        super().__init__(shrinkage=shrinkage, name=name, **kwargs)
        if isinstance(backbone, dict):
            backbone = keras.saving.deserialize_keras_object(backbone)
        backbone.trainable = False
        self.backbone = backbone

    def build(self, latent_shape):
        """Create mean, covariance and the count of updates.

        Args:
            latent_shape: shape of the detector's `z`; not used.
        """
        super().build((None, self.backbone.output_shape[-1]))

    def vectors(self, observation):
        """The backbone's features, averaged over each picture, float32 `[B, D]`."""
        features = self.backbone(observation.images, training=False)
        return ops.mean(ops.cast(features, "float32"), axis=(1, 2))

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
        }
