"""Images of either accepted kind to float32 in [0, 1]."""

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable(package="keras_novnorm")
class UnitRange(keras.layers.Layer):
    """Bring uint8 images to [0, 1]; pass float ones, and refuse what lies outside.

    A float image in [0, 255] would train without an error and reconstruct
    nothing: it is refused with the range received. The check is part of the
    graph, so that an exported model answers with the same words. Graphs compiled
    with XLA drop it; there such values become NaN.

    NaN and infinite values are no question of range, and do not refuse the whole
    batch: they become NaN, and whoever uses the images marks those that have some.

    With a `value_range`, values from its low to its high end are spread over [0, 1],
    and what lies outside is cut off: for pictures that use little of the range of
    their files.

    Args:
        value_range: pair `(low, high)` in [0, 1], or `None`: the whole range.
        tolerance: how far outside [0, 1] a float may lie, for the rounding of
            resizing.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        images: uint8 tensor in [0, 255] or float tensor in [0, 1], any shape.

    Returns:
        Float32 tensor of the same shape in [0, 1], or NaN.

    Raises:
        ValueError: if `value_range` is no such pair.
    """

    def __init__(self, tolerance=1e-3, value_range=None, **kwargs):
        # Without autocast: the cast to the layer's dtype would hide that it was uint8.
        kwargs.setdefault("dtype", "float32")
        kwargs.setdefault("autocast", False)
        super().__init__(**kwargs)
        self.tolerance = tolerance
        self.value_range = check_value_range(value_range)

    def call(self, images):
        """Scale or check, and spread."""
        return self.spread(self.to_unit(images))

    def spread(self, images):
        """Spread the values of the range over [0, 1].

        Args:
            images: float32 tensor in [0, 1].

        Returns:
            Float32 tensor of the same shape in [0, 1].
        """
        if self.value_range is None or isinstance(images, keras.KerasTensor):
            return images
        low, high = self.value_range
        # A product: a graph would make one of a division, off by the last bit.
        spread = ops.clip((images - low) * (1.0 / (high - low)), 0.0, 1.0)
        # A cut makes an ordinary number of NaN where the device does so.
        return ops.where(ops.isfinite(images), spread, images)

    def to_unit(self, images):
        """Scale or check, and nothing else.

        Args:
            images: as for the call.

        Returns:
            Float32 tensor of the same shape in [0, 1].
        """
        kind = keras.backend.standardize_dtype(images.dtype)
        if kind == "uint8":
            # A graph turns a division by a constant into a product with its
            # reciprocal, off by the last bit from the `v / 255` of decoded files;
            # so the constant is hidden from it.
            top = tf.where(tf.size(images) >= 0, 255.0, 1.0)
            return ops.cast(images, "float32") / top
        if not kind.startswith(("float", "bfloat")):
            raise TypeError(
                "Images must be uint8 in [0, 255] or float in [0, 1]. "
                f"Received dtype: {kind}"
            )
        images = ops.cast(images, "float32")
        if isinstance(images, keras.KerasTensor):
            return images
        inside = tf.logical_and(
            images >= -self.tolerance, images <= 1.0 + self.tolerance
        )
        finite = tf.math.is_finite(images)
        known = tf.where(finite, images, 0.5)
        check = tf.debugging.Assert(
            tf.reduce_all(tf.logical_or(inside, tf.logical_not(finite))),
            [
                "Float images must lie in [0, 1] (or be uint8 in [0, 255]). "
                "Received a range of:",
                tf.reduce_min(known),
                tf.reduce_max(known),
            ],
        )
        with tf.control_dependencies([check] if check is not None else []):
            return tf.where(inside, tf.clip_by_value(images, 0.0, 1.0), float("nan"))

    def compute_output_spec(self, images):
        """Shape and dtype of the result, without looking at values."""
        return keras.KerasTensor(images.shape, "float32")

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "tolerance": self.tolerance,
            "value_range": self.value_range,
        }


def check_value_range(value_range):
    """Refuse a range of values without a meaning.

    Args:
        value_range: pair `(low, high)`, or `None`.

    Returns:
        Tuple of two floats, or `None`.

    Raises:
        ValueError: if it is not `0 <= low < high <= 1`.
    """
    if value_range is None:
        return None
    pair = tuple(float(value) for value in value_range)
    if len(pair) != 2 or not 0.0 <= pair[0] < pair[1] <= 1.0:
        raise ValueError(
            "`value_range` must be (low, high) with 0 <= low < high <= 1, in shares of "
            f"the whole range (4095 of 65535 is 0.0625). Received: {value_range}"
        )
    return pair
