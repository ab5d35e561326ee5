"""LeNet-style convolutional autoencoder for pictures of any size."""

import math

import keras
from keras import layers

from keras_novnorm.backbones.filters import check_filters
from keras_novnorm.keras_settings import network_policy
from keras_novnorm.layers.pooled_conv2d import PooledConv2D
from keras_novnorm.layers.upsampled_conv2d import UpsampledConv2D


def bottleneck_size(image_shape, num_stages):
    """Height and width after `num_stages` halvings, rounded up each time.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        num_stages: number of 2x2 poolings.

    Returns:
        Tuple `(height, width)` of the feature map between encoder and decoder.
    """
    height, width, _ = image_shape
    return math.ceil(height / 2**num_stages), math.ceil(width / 2**num_stages)


@keras.saving.register_keras_serializable(package="keras_novnorm")
class LeNetEncoder(keras.Model):
    """Encoder `z = En(x)`: 5x5 convolutions, 2x2 pooling, one dense layer.

    Each stage is a convolution with zero padding that keeps the size, a leaky
    ReLU and a 2x2 max pooling (`PooledConv2D`). The layout is the paper's (Wu, Lu,
    Fuh, Liu, section 4); how many filters is ours (see `docs/method.md`).

    Args:
        image_shape: `(height, width, channels)` in pixels, any size.
        filters: filters of each stage; its length is the number of stages.
        latent_dim: length of `z`.
        kernel_size: side of the square convolution kernels, in pixels.
        negative_slope: slope of the leaky ReLU below zero.
        dtype: dtype policy of every layer; the one that was set for all unless given.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        images: float tensor `[B, H, W, C]` in [0, 1].

    Returns:
        Float tensor `[B, latent_dim]`.

    Raises:
        ValueError: if there is no stage.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        filters=(32, 64),
        latent_dim=32,
        kernel_size=5,
        negative_slope=0.1,
        dtype=None,
        **kwargs,
    ):
        check_filters(filters)
        policy = network_policy(dtype)
        images = keras.Input(tuple(image_shape), dtype="float32", name="images")
        x = images
        for stage, width in enumerate(filters, start=1):
            # Pooling and a monotonic activation commute: pooling first gives the
            # same values for a quarter of the activation's work.
            x = PooledConv2D(
                width, kernel_size, dtype=policy, name=f"conv_pool_{stage}"
            )(x)
            x = layers.LeakyReLU(
                negative_slope, dtype=policy, name=f"leaky_relu_{stage}"
            )(x)
        x = layers.Flatten("channels_last", dtype=policy, name="flatten")(x)
        latents = layers.Dense(latent_dim, dtype=policy, name="latents")(x)
        kwargs.setdefault("name", "encoder")
        super().__init__(inputs=images, outputs=latents, **kwargs)
        self.dtype_policy = policy
        self.image_shape = tuple(image_shape)
        self.filters = tuple(filters)
        self.latent_dim = latent_dim
        self.kernel_size = kernel_size
        self.negative_slope = negative_slope

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "image_shape": self.image_shape,
            "filters": self.filters,
            "latent_dim": self.latent_dim,
            "kernel_size": self.kernel_size,
            "negative_slope": self.negative_slope,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }


@keras.saving.register_keras_serializable(package="keras_novnorm")
class LeNetDecoder(keras.Model):
    """Decoder `x~ = De(z)`: the encoder mirrored, with transposed convolutions.

    Each stage is a leaky ReLU, a doubling of the size by repetition and a
    transposed convolution of stride 1, as in Ruff et al. 2018; the last two are
    one `UpsampledConv2D`. (Transposed convolutions of stride 2 in their place lost
    two points of AUROC on validation images of MNIST's digit 8.) Sizes that the
    pooling rounded up are cropped back at the end, so that any image size comes
    out as it went in.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        filters: filters of the *encoder's* stages, in the encoder's order.
        latent_dim: length of `z`.
        kernel_size: side of the square convolution kernels, in pixels.
        negative_slope: slope of the leaky ReLU below zero.
        output_activation: `"sigmoid"`, `"linear"` or another Keras activation.
        dtype: dtype policy of every layer; the one that was set for all unless given.
        **kwargs: passed to `keras.Model`.

    Call arguments:
        latents: float tensor `[B, latent_dim]`.

    Returns:
        Float32 tensor `[B, H, W, C]`.

    Raises:
        ValueError: if there is no stage.
    """

    def __init__(
        self,
        image_shape=(28, 28, 1),
        filters=(32, 64),
        latent_dim=32,
        kernel_size=5,
        negative_slope=0.1,
        output_activation="sigmoid",
        dtype=None,
        **kwargs,
    ):
        check_filters(filters)
        height, width, channels = image_shape
        low_height, low_width = bottleneck_size(image_shape, len(filters))
        policy = network_policy(dtype)
        latents = keras.Input((latent_dim,), dtype="float32", name="latents")
        x = layers.Dense(
            low_height * low_width * filters[-1], dtype=policy, name="expand"
        )(latents)
        x = layers.Reshape(
            (low_height, low_width, filters[-1]), dtype=policy, name="reshape"
        )(x)
        # One stage for each of the encoder's; the last gives the picture itself.
        widths = [*reversed(filters[:-1]), channels]
        for stage, channels_out in enumerate(widths, start=1):
            x = layers.LeakyReLU(
                negative_slope, dtype=policy, name=f"leaky_relu_{stage}"
            )(x)
            x = UpsampledConv2D(
                channels_out,
                kernel_size,
                dtype=policy,
                name="output" if stage == len(widths) else f"upsampled_conv_{stage}",
            )(x)
        excess = (
            low_height * 2 ** len(filters) - height,
            low_width * 2 ** len(filters) - width,
        )
        if any(excess):
            x = layers.Cropping2D(
                ((0, excess[0]), (0, excess[1])),
                data_format="channels_last",
                dtype=policy,
                name="crop",
            )(x)
        # Full precision: the reconstruction error is small and half rounds it away.
        reconstructions = layers.Activation(
            output_activation, dtype="float32", name="reconstructions"
        )(x)
        kwargs.setdefault("name", "decoder")
        super().__init__(inputs=latents, outputs=reconstructions, **kwargs)
        self.dtype_policy = policy
        self.image_shape = tuple(image_shape)
        self.filters = tuple(filters)
        self.latent_dim = latent_dim
        self.kernel_size = kernel_size
        self.negative_slope = negative_slope
        self.output_activation = output_activation

    def initialize_output_bias(self, mean_image_value):
        """Start the output at the mean of the data.

        Without it some classes stay black for the whole training: the output
        saturates before the latents carry anything.

        Args:
            mean_image_value: mean of each channel, `[C]`, in [0, 1].
        """
        mean = keras.ops.clip(
            keras.ops.convert_to_tensor(mean_image_value, "float32"), 0.01, 0.99
        )
        if self.output_activation == "sigmoid":
            mean = keras.ops.log(mean) - keras.ops.log1p(-mean)
        self.get_layer("output").bias.assign(mean)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "image_shape": self.image_shape,
            "filters": self.filters,
            "latent_dim": self.latent_dim,
            "kernel_size": self.kernel_size,
            "negative_slope": self.negative_slope,
            "output_activation": self.output_activation,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }
