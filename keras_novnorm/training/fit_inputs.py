"""What `fit` is given, made ready: callbacks, weights, validation data."""

import keras

from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor
from keras_novnorm.callbacks.cosine_decay import CosineDecay
from keras_novnorm.callbacks.step_decay import StepDecay
from keras_novnorm.training.image_batches import (
    as_batches,
    carries_weights,
    labels_for_weights,
)
from keras_novnorm.training.refused_batch import StopAtRefusedBatch


def fit_callbacks(detector, x, epochs, callbacks):
    """A user's callbacks, and those that every training has.

    Args:
        detector: a `TrainedDetector`.
        x: what `as_batches` returned.
        epochs: whole number, or `None`: the recipe is followed.
        callbacks: list of Keras callbacks, or `None`.

    Returns:
        List of Keras callbacks.
    """
    callbacks = list(callbacks or [])
    if epochs is None:
        # First, so that it knows the rate of `compile` before a callback such as
        # `BackupAndRestore` puts back a rate that has fallen already.
        callbacks.insert(0, _recipe_schedule(detector.recipe))
    if not any(isinstance(callback, CollapseMonitor) for callback in callbacks):
        callbacks.append(CollapseMonitor())
    # First: no other may take a refused batch for an epoch.
    return [StopAtRefusedBatch(detector.step_guard, x), *callbacks]


def leave_xla_to_plain_batches(detector, x, sample_weight=None):
    """Leave XLA off where images have weights: batches then vary in size.

    It draws random numbers in fixed amounts only; on GPUs Keras takes it by itself.

    Args:
        detector: a compiled `TrainedDetector`.
        x: what `as_batches` returned.
        sample_weight: array `[N]` beside an array, or `None`.

    Returns:
        The data, to be read in the place of `x`.
    """
    if detector.jit_compile:
        weighted, x = carries_weights(x)
        if weighted or sample_weight is not None:
            detector.jit_compile = False
            detector.train_function = detector.test_function = None
    return x


def validation_batches(data, image_shape, batch_size):
    """What `fit` takes as `validation_data`, as Keras takes it.

    Args:
        data: normal images as in `fit`, or a tuple of arrays `(x, y)` or `(x, y,
            sample_weight)`, or `None`.
        image_shape: `(height, width, channels)`.
        batch_size: images per step, where they are not batched yet.

    Returns:
        The data, a tuple with weights, or `None`.
    """
    if data is None:
        return None
    x, _, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    x = as_batches(x, image_shape, batch_size)
    if sample_weight is None:
        return x
    return x, labels_for_weights(sample_weight), sample_weight


def _recipe_schedule(recipe):
    drops, epochs = recipe["learning_rate_drops"], recipe["epochs"]
    return CosineDecay(epochs) if drops == "cosine" else StepDecay(drops, epochs)
