"""A convolution and the halving of the size, in one cheaper step."""

import keras
import numpy as np
from keras import ops

# Above it the four phases cost more multiplications than they save memory.
MAX_PHASE_CHANNELS = 4


def pooled_taps(kernel_size):
    """Which taps of a kernel fall on which pixel of 2x2 blocks.

    Output pixel `2 p + phase` sees, with tap `d`, pixel `2 p + phase + d`: pixel
    `q = (phase + d) mod 2` of block `p + floor((phase + d) / 2)`.

    Args:
        kernel_size: side of the kernel, odd.

    Returns:
        Float32 array `[2, M, 2, kernel_size]` of zeros and ones: phase, offset of
        the block, pixel in the block, tap.
    """
    reach = kernel_size // 2
    block_reach = (reach + 1) // 2
    taps = np.zeros((2, 2 * block_reach + 1, 2, kernel_size), "float32")
    for phase in range(2):
        for offset in range(-reach, reach + 1):
            block, pixel = divmod(phase + offset, 2)
            taps[phase, block + block_reach, pixel, offset + reach] = 1.0
    return taps


@keras.saving.register_keras_serializable(package="keras_novnorm")
class PooledConv2D(keras.layers.Layer):
    """Convolution that keeps the size, then 2x2 max pooling, odd sizes rounded up.

    The same function as `Conv2D(filters, kernel_size, padding="same")` and
    `MaxPooling2D(2, padding="same")`, with the same weights. For pictures of few
    channels the large feature map in between is most of the cost, so it is not
    made: the four pixels of each block become channels, one convolution computes
    the four phases of the output, and their maximum is taken.

    Args:
        filters: number of output channels.
        kernel_size: side of the square kernel, odd.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        inputs: float tensor `[B, H, W, C]`.

    Returns:
        Float tensor `[B, ceil(H / 2), ceil(W / 2), filters]`.

    Raises:
        ValueError: if `kernel_size` is even.
    """

    def __init__(self, filters, kernel_size=5, **kwargs):
        if kernel_size % 2 != 1:
            raise ValueError(
                f"`kernel_size` of PooledConv2D must be odd. Got: {kernel_size}"
            )
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size

    def build(self, input_shape):
        """Create kernel and bias.

        Args:
            input_shape: `(None, H, W, C)`.
        """
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.kernel_size, self.kernel_size, input_shape[-1], self.filters),
            initializer="glorot_uniform",
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.filters,), initializer="zeros"
        )
        self.built = True

    def call(self, inputs):
        """Convolve and pool; the bias commutes with the maximum and comes last."""
        height, width, channels = inputs.shape[1:]
        whole_blocks = height % 2 == 0 and width % 2 == 0
        if whole_blocks and channels <= MAX_PHASE_CHANNELS:
            return self._largest_phase(inputs) + self.bias
        x = ops.conv(inputs, self.kernel, padding="same", data_format="channels_last")
        x = ops.max_pool(x, 2, padding="same", data_format="channels_last")
        return x + self.bias

    def _largest_phase(self, inputs):
        height, width, channels = inputs.shape[1:]
        x = ops.reshape(inputs, (-1, height // 2, 2, width // 2, 2, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        x = ops.reshape(x, (-1, height // 2, width // 2, 4 * channels))
        taps = ops.cast(pooled_taps(self.kernel_size), self.compute_dtype)
        kernel = ops.cast(self.kernel, self.compute_dtype)
        # Rows first, columns second: the map is the same for both.
        kernel = ops.einsum("psqy,yxio->psqxio", taps, kernel)
        kernel = ops.einsum("ctrx,psqxio->stqripco", taps, kernel)
        side = taps.shape[1]
        kernel = ops.reshape(kernel, (side, side, 4 * channels, 4 * self.filters))
        x = ops.conv(x, kernel, padding="same", data_format="channels_last")
        first, second, third, fourth = ops.split(x, 4, axis=-1)
        return ops.maximum(ops.maximum(first, second), ops.maximum(third, fourth))

    def compute_output_shape(self, input_shape):
        """`[B, ceil(H / 2), ceil(W / 2), filters]`."""
        batch, height, width, _ = input_shape
        return batch, -(-height // 2), -(-width // 2), self.filters

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }
