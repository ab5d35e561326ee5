"""Starting a training over with other starting values."""

import numpy as np
from keras import ops

from keras_novnorm.training.refused_batch import DivergedError


def fit_until_sound(detector, fit_once, restarts):
    """Train, and begin again where the training has collapsed or diverged.

    Args:
        detector: a compiled `TrainedDetector`.
        fit_once: function that trains it and returns a `keras.callbacks.History`.
        restarts: how often to begin again at most.

    Returns:
        The last `History`.

    Raises:
        DivergedError: if the last training diverged.
    """
    restart = Restart(detector) if restarts else None
    for attempt in range(restarts + 1):
        if attempt:
            restart.begin_again()
        if restarts:
            detector.restarts_made.assign(float(attempt))
        try:
            history = fit_once()
        except DivergedError:
            if attempt == restarts:
                raise
            continue
        if not detector.is_collapsed:
            break
    return history


class Restart:
    """Gives a detector new starting values, and its optimizer its first state.

    What training does not touch stays: frozen layers, such as a pretrained backbone,
    and statistics that were adapted before. All that is trained is drawn anew, weights
    that were loaded into it among them; batch normalization and the statistics of the
    normal class begin again.

    The values are drawn from Keras' global random state, so that a run that began
    with `keras.utils.set_random_seed` restarts in the same way each time.

    Args:
        detector: a compiled `NoveltyDetector`, before it is trained.
    """

    def __init__(self, detector):
        self._detector = detector
        self._before = [
            np.array(ops.convert_to_numpy(weight))
            for weight in detector.non_trainable_weights
        ]

    def begin_again(self):
        """Put the starting values in the place of what training has left."""
        detector = self._detector
        fresh = type(detector).from_config(detector.get_config())
        values = {
            id(weight): value
            for weight, value in zip(detector.weights, fresh.get_weights(), strict=True)
        }
        for weight in detector.trainable_weights:
            weight.assign(values[id(weight)])
        for weight, before in zip(
            detector.non_trainable_weights, self._before, strict=True
        ):
            now = ops.convert_to_numpy(weight)
            if not np.array_equal(now, before, equal_nan=now.dtype.kind == "f"):
                weight.assign(values[id(weight)])
        optimizer = detector.optimizer
        rate = optimizer.learning_rate
        first = type(optimizer).from_config(optimizer.get_config())
        first.build(detector.trainable_variables)
        for variable, value in zip(optimizer.variables, first.variables, strict=True):
            if variable is not rate:
                variable.assign(value)
