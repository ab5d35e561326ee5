"""Random shifts and mirror images, one draw per picture."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_novnorm")
class RandomShiftFlip(keras.layers.Layer):
    """Shift each picture by whole pixels and mirror every second one, in training.

    What moves in at an edge is the picture's own mirror image. One gather for the
    whole batch: Keras' `RandomTranslation` interpolates, which whole pixels do not
    need.

    Args:
        shift: largest shift in either direction, in pixels.
        flip: whether pictures are also mirrored left to right.
        seed: seed of the draws.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        images: float tensor `[B, H, W, C]`.
        training: whether to move at all.

    Returns:
        Float tensor `[B, H, W, C]`.
    """

    def __init__(self, shift=4, flip=True, seed=None, **kwargs):
        # Pixels are moved, not computed with.
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.shift = shift
        self.flip = flip
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, images, training=False):
        """Moved pictures in training, the same pictures else."""
        if not training or not (self.shift or self.flip):
            return images
        _, height, width, channels = images.shape
        batch = ops.shape(images)[0]
        rows = self._positions(batch, height)
        columns = self._positions(batch, width)
        if self.flip:
            mirrored = self._draw(batch, 0, 2) == 1
            columns = ops.where(mirrored, width - 1 - columns, columns)
        places = ops.expand_dims(rows, 2) * width + ops.expand_dims(columns, 1)
        places = ops.reshape(places, (-1, height * width, 1))
        pixels = ops.reshape(images, (-1, height * width, channels))
        moved = ops.take_along_axis(pixels, places, axis=1)
        return ops.reshape(moved, (-1, height, width, channels))

    def _positions(self, batch, size):
        """Where each row (or column) of each picture is taken from, `[B, size]`."""
        shift = min(self.shift, size - 1)
        places = ops.arange(size, dtype="int32") + self._draw(batch, -shift, shift + 1)
        places = ops.abs(places)
        return ops.where(places >= size, 2 * (size - 1) - places, places)

    def _draw(self, batch, low, high):
        return keras.random.randint(
            (batch, 1), low, high, dtype="int32", seed=self.seed_generator
        )

    def compute_output_shape(self, input_shape):
        """The shape of the pictures."""
        return input_shape

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "shift": self.shift,
            "flip": self.flip,
            "seed": self.seed,
        }
