"""What a training looks at before its first step."""

import math

from keras import ops

from keras_novnorm.training.image_batches import peek_batches
from keras_novnorm.training.non_finite import finite_pictures


def first_images(x, batch_size, to_unit, sample_weight=None, held_out=0.0):
    """The first finite images, without losing them.

    Args:
        x: what `as_batches` returned.
        batch_size: how many images of an array make a batch.
        to_unit: function from images as they come to float32 in [0, 1].
        sample_weight: array `[N]` beside an array; images of weight 0 do not count.
        held_out: share of an array's end that Keras holds out for validation.

    Returns:
        Tuple of float32 `[n, H, W, C]`, or `None` where there are none, and the data
        to train on in the place of `x`.
    """
    if held_out:
        number = math.floor(len(x) * (1.0 - held_out))
        batches, _ = peek_batches(x[:number], batch_size, sample_weight=sample_weight)
    else:
        batches, x = peek_batches(x, batch_size, sample_weight=sample_weight)
    if not batches:
        return None, x
    images = ops.concatenate([to_unit(batch) for batch in batches], axis=0)
    finite = finite_pictures(images)
    if not finite.all():  # the step that meets the others will refuse them
        images = ops.convert_to_numpy(images)[finite]
    return (images if len(images) else None), x
