"""Weights of images: what the weight 0 means."""

import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.training.replicas import sum_replicas


def leave_out_unweighted(images, sample_weight):
    """A batch without its images of weight 0, as if they were not there.

    A weight in the mean of the losses would not do: such an image would still
    decide about extremes, moments and batch normalization. A batch where all
    weights are 0 stays whole, since nothing can be computed of no image.

    Args:
        images: tensor `[B, H, W, C]` of this replica.
        sample_weight: tensor `[B]` or `[B, 1]`, or `None`.

    Returns:
        Tuple `(images, sample_weight, any_left)`: the first two without what has
        the weight 0, and a boolean scalar, whether any image of all replicas has
        another weight. The last two are `None` without weights.
    """
    if sample_weight is None:
        return images, None, None
    sample_weight = ops.reshape(ops.cast(sample_weight, "float32"), (-1,))
    weighted = sample_weight != 0
    any_left = sum_replicas(ops.sum(ops.cast(weighted, "float32"))) > 0
    stays = ops.logical_or(weighted, ops.logical_not(any_left))
    # Not in `keras.ops`; XLA compiles it all the same.
    images, sample_weight = (
        tf.boolean_mask(values, stays) for values in (images, sample_weight)
    )
    return images, sample_weight, any_left


def weighted_images(images, sample_weight):
    """The images of a batch that count, outside of training steps.

    Args:
        images: array or tensor `[B, H, W, C]`.
        sample_weight: array or tensor of `B` values, or `None`.

    Returns:
        The images whose weight is not 0; all of them without weights.
    """
    if sample_weight is None:
        return images
    stays = np.reshape(ops.convert_to_numpy(sample_weight), (-1,)) != 0
    return images if stays.all() else ops.convert_to_numpy(images)[stays]
