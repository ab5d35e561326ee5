"""Convolutional network that sees which way up a picture is."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="keras_novnorm")
class TransformationEncoder(keras.Model):
    """Plain network of 3x3 convolutions, batch-normalised and averaged at the end.

    Each stage is a convolution, 2x2 max pooling (but in the last), batch
    normalization and a ReLU; the last one's features are averaged over the picture.

    Args:
        channels: channels of the pictures, which may have any size.
        filters: filters of each stage.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        images: float tensor `[B, H, W, C]` in [0, 1].

    Returns:
        Float tensor `[B, filters[-1]]`.
    """

    def __init__(self, channels=3, filters=(32, 64, 128, 128), **kwargs):
        images = keras.Input((None, None, channels), name="images")
        x = images
        for stage, width in enumerate(filters, start=1):
            x = layers.Conv2D(
                width, 3, padding="same", use_bias=False, name=f"conv_{stage}"
            )(x)
            if stage < len(filters):
                x = layers.MaxPooling2D(2, name=f"pool_{stage}")(x)
            # After pooling: a quarter of the work. Over all replicas, so that two
            # see what one would.
            x = layers.BatchNormalization(synchronized=True, name=f"norm_{stage}")(x)
            x = layers.ReLU(name=f"relu_{stage}")(x)
        features = layers.GlobalAveragePooling2D(name="features")(x)
        kwargs.setdefault("name", "transformation_encoder")
        super().__init__(inputs=images, outputs=features, **kwargs)
        self.channels = channels
        self.filters = tuple(filters)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "channels": self.channels,
            "filters": self.filters,
            "name": self.name,
            "trainable": self.trainable,
        }
