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


def check_weights(sample_weight, images):
    """Refuse weights that are not one number for each image of an array.

    Args:
        sample_weight: what a user gave, or `None`.
        images: data, as `as_batches` gives it.

    Returns:
        Float array `[N]`, or `None`.

    Raises:
        ValueError: if they do not fit.
    """
    if sample_weight is None:
        return None
    if not hasattr(images, "shape"):
        raise ValueError(
            "`sample_weight` is for images in an array. Received them as a "
            f"{type(images).__name__}: let it give (images, labels, weights)."
        )
    weights = np.asarray(sample_weight, "float32")
    if weights.size != len(images) or weights.shape[:1] != (len(images),):
        raise ValueError(
            f"`sample_weight` must be one number for each of {len(images)} images. "
            f"Received the shape {weights.shape}."
        )
    return weights.reshape(-1)


def array_batches(images, sample_weight, batch_size):
    """Cut an array, and weights beside it.

    Args:
        images: array `[N, ...]`.
        sample_weight: array `[N]` or `None`.
        batch_size: how many images make a batch.

    Yields:
        Tuples `(images, None, sample_weight)`.
    """
    for start in range(0, len(images), batch_size):
        part = slice(start, start + batch_size)
        weights = None if sample_weight is None else sample_weight[part]
        yield images[part], None, weights
