"""What keeps a batch that is not finite from moving anything."""

import contextlib

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.training.replicas import gather_replicas, sum_replicas

PIXELS, NUMBERS = 1.0, 2.0
"""Why a batch was refused: its pictures, or what was computed of finite ones."""


class StepGuard:
    """Admits batches until one is not finite, and remembers which it was.

    It works within a graph, compiled or not, where nothing can be raised: whoever
    runs the steps asks `refusal` from time to time. Batches after a refused one are
    refused as well, so that the state stays what it was before it.

    It is no part of a model, and so in no file.
    """

    def __init__(self):
        self._record = keras.Variable(
            [0.0] * 5,
            dtype="float32",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
            name="step_guard",
        )

    def begin(self):
        """Forget what was refused, and count batches from 1 again."""
        self._record.assign([0.0] * 5)

    def admit(self, finite, numbers=()):
        """Whether a batch may move weights and statistics.

        Args:
            finite: bool tensor `[B]`, whether each picture of this replica is.
            numbers: list of tensors that must be finite (loss, gradients).

        Returns:
            Bool scalar, the same on all replicas.
        """
        # As numbers: replicas gather no bool.
        finite = gather_replicas(ops.cast(finite, "float32")) > 0
        broken = sum(
            ops.sum(ops.cast(ops.logical_not(ops.isfinite(n)), "float32"))
            for n in numbers
        )
        computed = sum_replicas(broken) == 0 if len(numbers) else True
        pictures = ops.all(finite)
        sound = ops.logical_and(pictures, computed)
        seen, refused = self._record[0] + 1.0, self._record[1]
        first = ops.logical_and(refused == 0, ops.logical_not(sound))
        bad = ops.cast(ops.logical_not(finite), "float32")
        news = ops.stack(
            [
                seen,
                seen,
                ops.where(pictures, NUMBERS, PIXELS),
                ops.sum(bad),
                ops.cast(ops.argmax(bad), "float32"),
            ]
        )
        kept = ops.concatenate([ops.reshape(seen, (1,)), self._record[1:]])
        self._record.assign(ops.where(first, news, kept))
        return ops.logical_and(sound, refused == 0)

    def refusal(self):
        """The first batch that was refused since `begin`.

        Returns:
            Tuple `(batch, cause, pictures, place)`: its number, counted from 1;
            `PIXELS` or `NUMBERS`; how many of its pictures are not finite, and where
            the first of them stands, counted from 0. Or None.
        """
        _, batch, cause, pictures, place = ops.convert_to_numpy(self._record)
        return (int(batch), cause, int(pictures), int(place)) if batch else None


def moving_weights(model):
    """Weights that a step moves without a gradient, of layers that are not frozen.

    Args:
        model: `keras.Model`.

    Returns:
        List of variables: moments of batch normalization, statistics.
    """
    frozen = {
        id(weight)
        for layer in model._flatten_layers()
        if not layer.trainable
        for weight in layer.weights
    }
    return [w for w in model.non_trainable_weights if id(w) not in frozen]


def apply_if(admitted, optimizer, gradients, weights):
    """Let an optimizer take its step, or leave weights and its own state alone.

    Args:
        admitted: bool scalar, the same on all replicas.
        optimizer: a Keras optimizer.
        gradients: list of tensors.
        weights: list of variables; none is no step: terms may only have statistics.
    """
    if not weights:
        return
    if not optimizer.built:
        optimizer.build(weights)

    def apply(gradients):
        optimizer.apply_gradients(zip(gradients, weights, strict=True))

    if not tf.distribute.has_strategy():
        ops.cond(admitted, lambda: apply(gradients), lambda: None)
        return

    # Replicas meet within the optimizer, which they cannot do in a branch of theirs:
    # so the branch is around all of them (as in Keras' `LossScaleOptimizer`).
    def across(strategy, admitted, gradients):
        admitted = strategy.experimental_local_results(admitted)[0]
        ops.cond(
            admitted,
            lambda: strategy.extended.call_for_each_replica(apply, args=(gradients,)),
            lambda: None,
        )

    tf.distribute.get_replica_context().merge_call(across, args=(admitted, gradients))


def put_back_unless(admitted, weights, before):
    """Give weights their former values, where a batch was refused.

    Args:
        admitted: bool scalar.
        weights: list of variables.
        before: list of tensors, their values before the step.
    """
    for weight, value in zip(weights, before, strict=True):
        weight.assign(ops.where(admitted, weight, value))


@contextlib.contextmanager
def weights_put_back(*layers):
    """Give weights that are not trained their former values, where an error ends it.

    Args:
        *layers: Keras layers or models.

    Yields:
        Nothing.
    """
    weights = [weight for layer in layers for weight in moving_weights(layer)]
    before = [np.array(ops.convert_to_numpy(weight)) for weight in weights]
    try:
        yield
    except BaseException:
        for weight, value in zip(weights, before, strict=True):
            weight.assign(value)
        raise
