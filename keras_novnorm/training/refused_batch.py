"""End a training at a batch that is not finite."""

import keras

from keras_novnorm.training.non_finite import (
    NonFiniteError,
    finite_pictures,
    name_pictures,
)
from keras_novnorm.training.step_guard import PIXELS

CHECK_EVERY = 16
"""Batches from one look to the next: each waits for the device."""


class DivergedError(NonFiniteError):
    """Training has made NaN or infinite numbers of finite pictures."""


class StopAtRefusedBatch(keras.callbacks.Callback):
    """Raise at the first batch that a `StepGuard` refused, with its number.

    The guard has kept weights, optimizer and statistics as they were before it, also
    where some batches pass before this looks.

    Args:
        guard: the `StepGuard` of the model.
        data: what is trained on; of an array, the pictures are named.
    """

    def __init__(self, guard, data=None):
        super().__init__()
        self._guard = guard
        self._data = data
        self._epoch = 0
        self._looked = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Count its batches from 1."""
        self._epoch = epoch + 1
        self._looked = 0
        self._guard.begin()

    def on_train_batch_end(self, batch, logs=None):
        """Look now and then."""
        if batch - self._looked >= CHECK_EVERY:
            self._looked = batch
            self._look()

    def on_test_begin(self, logs=None):
        """Look before a validation."""
        self._look()

    def on_epoch_end(self, epoch, logs=None):
        """Look at the end of the data."""
        self._look()

    def _look(self):
        refusal = self._guard.refusal()
        if refusal is None:
            return
        raise describe_refusal(refusal, f"of epoch {self._epoch}", data=self._data)


def describe_refusal(refusal, place, training=True, data=None):
    """The error of a batch that was refused.

    Args:
        refusal: as `StepGuard.refusal` returns it.
        place: words after the batch's number, such as `"of epoch 2"`.
        training: whether the batch would have moved anything.
        data: array of pictures that the batch is of, or other data.

    Returns:
        `NonFiniteError`, or `DivergedError`.
    """
    batch, cause, pictures, position = refusal
    kept = "Weights, optimizer and statistics are as they were before that batch. "
    kept = kept if training else ""
    if cause == PIXELS:
        return NonFiniteError(
            f"Batch {batch} {place} (counted from 1) has {pictures} picture(s) with "
            "values that are NaN, infinite or outside of [0, 1]; the first of them is "
            f"number {position} in the batch (counted from 0).{_within(data)} {kept}"
            "Mend such pictures or leave them out: `numpy.isfinite` finds them."
        )
    return DivergedError(
        f"Training has diverged: loss or gradients of batch {batch} {place} (counted "
        f"from 1) are NaN or infinite, though its pictures are finite. {kept}Train "
        "with a lower learning rate."
    )


def _within(data):
    if not hasattr(data, "shape"):
        return ""
    finite = finite_pictures(data)
    return "" if finite.all() else f" In the array: {name_pictures(finite)}."
