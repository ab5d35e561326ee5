"""Which pictures a detector was trained on, in a few thousand numbers."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.layers.optional_state import OptionalState
from keras_novnorm.layers.statistic import add_statistic

SIZE = 2048
_EMPTY = 2**24
"""Above every hash; float32 holds all whole numbers up to it."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class TrainingSketch(OptionalState):
    """The lowest hashes of all pictures that were trained on.

    Each picture has a hash of 24 bits of its pixels. Of all pictures ever seen, the
    `size` lowest hashes are kept. Of a picture whose hash is not above the highest that
    is kept, the sketch says for certain whether its hash was seen: of all pictures
    while there are no more than `size`, and of a share of `size / N` of them, drawn by
    chance, among `N`. The pictures themselves cannot be told from it.

    A float32 weight, since whole numbers cannot live on every device.

    Args:
        size: how many hashes are kept.
        **kwargs: passed to `keras.layers.Layer`.
    """

    def __init__(self, size=SIZE, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.size = size

    def build(self, input_shape=None):
        """Create the weight: nothing seen."""
        empty = keras.initializers.Constant(_EMPTY)
        self.lowest = add_statistic(self, "lowest", (self.size,), empty)
        self.built = True

    def hashes(self, images):
        """Hashes of pictures.

        Args:
            images: float32 tensor `[B, H, W, C]` in [0, 1], before values are spread.

        Returns:
            Float32 tensor `[B]` of whole numbers in [0, 2^24).
        """
        levels = ops.cast(ops.round(images * 65535.0), "int64")
        number = int(np.prod(images.shape[1:]))
        # Odd numbers by chance, always the same ones. Products and sums wrap around,
        # so that the order in which a device adds them up does not matter.
        factors = np.random.RandomState(0).randint(-(2**62), 2**62, number) * 2 + 1
        levels = ops.reshape(levels, (-1, number))
        total = ops.sum(levels * ops.convert_to_tensor(factors, "int64"), axis=-1)
        mixed = ops.bitwise_xor(total, ops.right_shift(total, 31))
        return ops.cast(ops.bitwise_and(mixed, _EMPTY - 1), "float32")

    def clear(self):
        """Forget all pictures: of what is learned anew they are no part."""
        self.lowest.assign(np.full(self.size, _EMPTY, "float32"))

    def update(self, hashes):
        """Take pictures in.

        Args:
            hashes: float32 tensor `[B]`, of all replicas.
        """
        # An empty batch of a replica is no news.
        known = ops.sort(ops.concatenate([self.lowest, hashes]))
        again = ops.concatenate([ops.zeros((1,), "bool"), known[1:] == known[:-1]])
        known = ops.sort(ops.where(again, float(_EMPTY), known))
        self.lowest.assign(known[: self.size])

    def count_known(self, hashes):
        """How many of some pictures were trained on.

        Args:
            hashes: float array `[n]`.

        Returns:
            Tuple of int: how many were, and of how many it can be said.
        """
        lowest = ops.convert_to_numpy(self.lowest)
        kept = lowest[lowest < _EMPTY]
        if not kept.size:
            return 0, 0
        hashes = np.asarray(hashes, "float32")
        is_full = kept.size == self.size
        sayable = hashes[hashes <= kept[-1]] if is_full else hashes
        return int(np.isin(sayable, kept).sum()), int(sayable.size)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "size": self.size}
