"""What all replicas of a `tf.distribute` strategy see of one batch.

Each replica holds a share of the batch, and shares may differ in size: the last of
an epoch may even be empty. What is said of a batch (its extremes, its moments, the
mean of its losses) is said of the whole. With one replica all of this is plain.
"""

import tensorflow as tf
from keras import ops


def num_replicas():
    """How many replicas share a batch, an int."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def gather_replicas(values):
    """Values of all replicas, in the order of the batch.

    Args:
        values: tensor `[B, ...]` of this replica.

    Returns:
        Tensor `[B of all replicas, ...]`.
    """
    context = _shared_context()
    return context.all_gather(values, axis=0) if context else values


def sum_replicas(value):
    """Sum of a value over the replicas.

    Args:
        value: float tensor of this replica, of one shape on all.

    Returns:
        Tensor of that shape.
    """
    context = _shared_context()
    if not context:
        return value
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)


def batch_size(values):
    """Number of images of the batch of all replicas.

    Args:
        values: tensor `[B, ...]` of this replica.

    Returns:
        Float32 scalar, 1 at least.
    """
    size = sum_replicas(ops.cast(ops.shape(values)[0], "float32"))
    return ops.maximum(size, 1.0)


def batch_variance(values):
    """Variance over the images of all replicas.

    Args:
        values: float32 tensor `[B, ...]` of this replica.

    Returns:
        Float32 tensor `[...]`.
    """
    if not _shared_context():
        return ops.var(values, axis=0)
    # Not `E(x^2) - E(x)^2`: that is noise where the images are nearly equal.
    return batch_mean(ops.square(values - batch_mean(values)))


def batch_mean(values):
    """Mean over the images of all replicas.

    Args:
        values: float32 tensor `[B, ...]` of this replica.

    Returns:
        Float32 tensor `[...]`.
    """
    if not _shared_context():
        return ops.mean(values, axis=0)
    return sum_replicas(ops.sum(values, axis=0)) / batch_size(values)


def draw_share(draw, size):
    """This replica's share of random numbers drawn for the whole batch.

    The states of random generators are the same on all replicas: drawing for the
    share alone would give the same noise on each.

    Args:
        draw: function of a number of images that returns a tensor `[number, ...]`.
        size: number of images of this replica.

    Returns:
        Tensor `[size, ...]`.
    """
    context = _shared_context()
    if not context:
        return draw(size)
    sizes = context.all_gather(ops.reshape(size, (1,)), axis=0)
    start = ops.sum(sizes[: context.replica_id_in_sync_group])
    return draw(ops.sum(sizes))[start : start + size]


def _shared_context():
    if tf.distribute.in_cross_replica_context():
        return None
    context = tf.distribute.get_replica_context()
    return context if context.num_replicas_in_sync > 1 else None
