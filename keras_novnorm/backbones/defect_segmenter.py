"""Network that marks in a picture what does not belong to the normal class."""

import keras
from keras import layers

from keras_novnorm.backbones.filters import check_filters
from keras_novnorm.keras_settings import network_policy


@keras.saving.register_keras_serializable(package="keras_novnorm")
class DefectSegmenter(keras.Model):
    """U-shaped network of 3x3 convolutions, batch-normalised (Ronneberger et al. 2015).

    Each stage halves the size by a convolution of stride 2 and adds another one. The
    way up repeats pixels, adds the features of the way down, and ends after the first
    stage: at half of the picture's size, or a quarter with `coarse`.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        filters: filters of each stage.
        coarse: how many stages the way up leaves out, 1 at least.
        dtype: dtype policy of every layer; the one that was set for all unless given.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        images: float tensor `[B, H, W, C]` in [0, 1].

    Returns:
        Float32 tensor `[B, h, w, 1]` of logits, `h` near `H / 2^coarse`, higher where
        a defect is.

    Raises:
        ValueError: if there are too few stages.
    """

    def __init__(
        self,
        image_shape=(256, 256, 1),
        filters=(12, 24, 48, 64),
        coarse=2,
        dtype=None,
        **kwargs,
    ):
        check_filters(filters)
        if not 1 <= coarse <= len(filters):
            raise ValueError(
                f"`coarse` must be in 1 to {len(filters)}, the number of stages. "
                f"Received: {coarse}"
            )
        policy = network_policy(dtype)
        images = keras.Input(tuple(image_shape), dtype="float32", name="images")
        x, ways = images, []
        for stage, width in enumerate(filters, start=1):
            x = _convolve(x, width, 2, policy, f"down_{stage}")
            x = _convolve(x, width, 1, policy, f"keep_{stage}")
            ways.append(x)
        for stage in range(len(filters) - 1, coarse - 1, -1):
            width, way = filters[stage - 1], ways[stage - 1]
            x = _convolve(x, width, 1, policy, f"up_{stage}")
            x = layers.UpSampling2D(
                data_format="channels_last", dtype=policy, name=f"repeat_{stage}"
            )(x)
            height, breadth = way.shape[1:3]
            if tuple(x.shape[1:3]) != (height, breadth):  # halving rounded up
                crop = (x.shape[1] - height, x.shape[2] - breadth)
                x = layers.Cropping2D(
                    ((0, crop[0]), (0, crop[1])),
                    data_format="channels_last",
                    dtype=policy,
                    name=f"crop_{stage}",
                )(x)
            x = layers.Concatenate(dtype=policy, name=f"join_{stage}")([x, way])
            x = _convolve(x, width, 1, policy, f"mix_{stage}")
        logits = layers.Conv2D(
            1, 1, data_format="channels_last", dtype="float32", name="logits"
        )(x)
        kwargs.setdefault("name", "defect_segmenter")
        super().__init__(inputs=images, outputs=logits, **kwargs)
        self.dtype_policy = policy
        self.image_shape = tuple(image_shape)
        self.filters = tuple(filters)
        self.coarse = coarse

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "image_shape": self.image_shape,
            "filters": self.filters,
            "coarse": self.coarse,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "name": self.name,
            "trainable": self.trainable,
        }


def _convolve(x, width, stride, policy, name):
    x = layers.Conv2D(
        width,
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        data_format="channels_last",
        dtype=policy,
        name=name,
    )(x)
    # Over all replicas, so that two see what one would; trainings are of few steps.
    x = layers.BatchNormalization(
        momentum=0.9, synchronized=True, dtype=policy, name=f"{name}_norm"
    )(x)
    return layers.ReLU(dtype=policy, name=f"{name}_relu")(x)
