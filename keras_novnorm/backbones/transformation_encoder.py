"""Convolutional network that sees which way up a picture is."""

import keras
from keras import layers

from keras_novnorm.backbones.filters import check_filters
from keras_novnorm.keras_settings import network_policy
from keras_novnorm.layers.pooled_conv2d import PooledConv2D


@keras.saving.register_keras_serializable(package="keras_novnorm")
class TransformationEncoder(keras.Model):
    """Plain network of 3x3 convolutions, batch-normalised and averaged at the end.

    Each stage is a convolution, 2x2 max pooling (but in the last), batch
    normalization and a ReLU; the last one's features are averaged over the picture.

    Args:
        image_shape: `(height, width, channels)` of the detector's pictures; turned
            ones are squares of the shorter side.
        filters: filters of each stage.
        dtype: dtype policy of every layer; the one that was set for all unless given.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        images: float tensor `[B, S, S, C]` in [0, 1], `S` the shorter side.

    Returns:
        Float tensor `[B, filters[-1]]`.

    Raises:
        ValueError: if there is no stage.
    """

    def __init__(
        self,
        image_shape=(32, 32, 3),
        filters=(32, 64, 128, 128),
        dtype=None,
        **kwargs,
    ):
        check_filters(filters)
        policy = network_policy(dtype)
        side = min(image_shape[:2])
        images = keras.Input(
            (side, side, image_shape[2]), dtype="float32", name="images"
        )
        x = images
        for stage, width in enumerate(filters, start=1):
            if stage < len(filters):
                x = PooledConv2D(width, 3, dtype=policy, name=f"conv_pool_{stage}")(x)
            else:
                x = layers.Conv2D(
                    width,
                    3,
                    padding="same",
                    data_format="channels_last",
                    dtype=policy,
                    name=f"conv_{stage}",
                )(x)
            # After pooling: a quarter of the work. Over all replicas, so that two
            # see what one would.
            x = layers.BatchNormalization(
                synchronized=True, dtype=policy, name=f"norm_{stage}"
            )(x)
            x = layers.ReLU(dtype=policy, name=f"relu_{stage}")(x)
        features = layers.GlobalAveragePooling2D(
            data_format="channels_last", dtype=policy, name="features"
        )(x)
        kwargs.setdefault("name", "transformation_encoder")
        super().__init__(inputs=images, outputs=features, **kwargs)
        self.dtype_policy = policy
        self.image_shape = tuple(image_shape)
        self.filters = tuple(filters)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "image_shape": self.image_shape,
            "filters": self.filters,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }
