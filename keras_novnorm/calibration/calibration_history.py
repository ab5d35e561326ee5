"""The calibrations that a detector had before the present one."""

import time

import keras
import numpy as np

from keras_novnorm.layers.optional_state import OptionalState
from keras_novnorm.layers.statistic import add_statistic

SLOTS = 4
"""How many earlier calibrations are kept."""

_KEPT = ("num_scores", "threshold", "target_fpr", "map_threshold")
_DAY = 86_400


@keras.saving.register_keras_serializable(package="keras_novnorm")
class CalibrationHistory(OptionalState):
    """Earlier calibrations, whole: any of them can be put back.

    Kept in weights, so that it travels with the file. The latest comes first; the
    oldest makes room.

    Args:
        capacity: how many scores a calibration keeps.
        slots: how many calibrations are kept.
        **kwargs: passed to `keras.layers.Layer`.
    """

    def __init__(self, capacity=8192, slots=SLOTS, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.capacity = capacity
        self.slots = slots

    def build(self, input_shape=None):
        """Create the weights: no earlier calibration."""
        nothing = keras.initializers.Constant(np.nan)
        self.facts = add_statistic(self, "facts", (self.slots, len(_KEPT) + 2), nothing)
        self.scores = add_statistic(
            self, "scores", (self.slots, self.capacity), nothing
        )
        # When the present one was made: days, and seconds of the day. In one float32
        # the seconds would be lost.
        self.made = add_statistic(self, "made", (2,), nothing)
        self.built = True

    def state_of(self, calibration):
        """The present calibration, to be remembered once it was changed.

        Args:
            calibration: a `Calibration`.

        Returns:
            Tuple of arrays, or `None`: there is none yet.
        """
        facts = [float(getattr(calibration, name).numpy()) for name in _KEPT]
        if not np.isfinite(facts[1]):
            return None
        facts = np.array([*facts, *self.made.numpy()], "float32")
        return facts, calibration.calibration_scores.numpy()

    def remember(self, state):
        """Put a calibration first among the earlier ones; a new one was made just now.

        Args:
            state: what `state_of` returned.
        """
        now = time.time()
        self.made.assign([now // _DAY, now % _DAY])
        if state is not None:
            self._push(*state)

    def put_back(self, calibration, number=1):
        """Put an earlier calibration in the place of the present one, and that first.

        Args:
            calibration: a `Calibration`.
            number: which, 1 the latest.

        Raises:
            ValueError: there is none of that number.
        """
        there = len(self.entries())
        if not 1 <= number <= there:
            raise ValueError(
                f"There is no earlier calibration {number}: {there} are kept."
            )
        present = self.state_of(calibration)
        facts = np.array(self.facts.numpy())
        scores = np.array(self.scores.numpy())
        chosen, own = facts[number - 1].copy(), scores[number - 1].copy()
        # Its slot is free: the present one moves in before the others.
        order = [n for n in range(self.slots) if n != number - 1] + [number - 1]
        self.facts.assign(facts[order])
        self.scores.assign(scores[order])
        self._push(*present)
        for name, value in zip(_KEPT, chosen, strict=False):
            getattr(calibration, name).assign(value)
        calibration.calibration_scores.assign(own)
        self.made.assign(chosen[len(_KEPT) :])

    def entries(self):
        """Returns list of dict: the earlier calibrations, the latest first.

        Each has `threshold`, `target_fpr`, `num_calibration_images`, `map_threshold`
        and `made`, a time in UTC or `None`: it is not known.
        """
        facts = self.facts.numpy()
        return [_entry(row) for row in facts if np.isfinite(row[1])]

    @property
    def made_at(self):
        """When the present calibration was made, str in UTC, or `None`."""
        return _time(self.made.numpy())

    def _push(self, facts, scores):
        self.facts.assign(np.concatenate([facts[None], self.facts.numpy()[:-1]]))
        self.scores.assign(np.concatenate([scores[None], self.scores.numpy()[:-1]]))

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "capacity": self.capacity,
            "slots": self.slots,
        }


def _entry(row):
    number, threshold, target, map_threshold = (float(value) for value in row[:4])
    return {
        "threshold": threshold,
        "target_fpr": round(target, 7),
        "num_calibration_images": int(number),
        "map_threshold": map_threshold,
        "made": _time(row[4:]),
    }


def _time(made):
    days, seconds = (float(value) for value in made)
    if not np.isfinite(days):
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(days * _DAY + seconds))
