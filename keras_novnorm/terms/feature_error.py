"""Feature error: reconstruction error as another network sees it."""

import math

import keras
from keras import ops

from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.terms.base import Term


@keras.saving.register_keras_serializable(package="keras_novnorm")
class FeatureError(Term):
    """Squared distance between the features of a picture and of its reconstruction.

    Features are scaled to length 1 at each place, so that the value lies in [0, 4]
    whatever the network. A frozen network that was trained elsewhere sees texture and
    parts where eq. (1) sees pixels. Not in the paper.

    Args:
        backbone: Keras model `[B, H, W, C] -> [B, h, w, D]`, such as
            `pretrained_features` gives; it is not trained.
        name: name of the output.
        **kwargs: passed to `Term`.
    """

    normalized_after = "log"

    def __init__(self, backbone, name="feature_error", **kwargs):
        super().__init__(name=name, **kwargs)
        if isinstance(backbone, dict):
            backbone = keras.saving.deserialize_keras_object(backbone)
        backbone.trainable = False
        self.backbone = backbone

    def build(self, latent_shape):
        """Nothing: the backbone comes built.

        Args:
            latent_shape: shape of the detector's `z`; not used.
        """
        self.built = True

    def call(self, observation):
        """Mean squared distance of the places of each image, float32 `[B]`."""
        return ops.mean(self._distances(observation), axis=(1, 2))

    def operands(self, observation):
        """Features of length 1 at each place: 2, and the number of their entries."""
        parts = math.prod(self.backbone.output_shape[1:])
        return 2.0 * ops.ones_like(observation.images[:, 0, 0, 0]), parts

    def pixel_map(self, observation):
        """Distance at each place, at the picture's size.

        Args:
            observation: an `Observation`.

        Returns:
            Float32 tensor `[B, H, W]`, not negative.
        """
        distances = ops.expand_dims(self._distances(observation), -1)
        size = observation.images.shape[1:3]
        resized = ops.image.resize(distances, size, data_format="channels_last")
        return ops.squeeze(resized, axis=-1)

    def _distances(self, observation):
        seen = self._features(observation.images)
        rebuilt = self._features(observation.reconstructions)
        return ops.sum(ops.square(seen - rebuilt), axis=-1)

    def _features(self, images):
        features = ops.cast(self.backbone(images, training=False), "float32")
        return ops.normalize(features, axis=-1, epsilon=EPSILON)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
        }
