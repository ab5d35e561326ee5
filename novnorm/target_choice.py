"""Which rate of false alarms a training aims at, and what the pictures allow."""

import dataclasses

from keras_novnorm.advice import advise_on_cross_validation, advise_on_number_of_normals
from keras_novnorm.calibration.threshold import smallest_target_fpr
from keras_novnorm.datasets.folds import assign_folds

DEFAULT_TARGET_FPR = 0.01


@dataclasses.dataclass(frozen=True)
class Target:
    """A rate of false alarms, and how it came about.

    Attributes:
        rate: float.
        reason: str.
        advice: tuple of `Finding`.
    """

    rate: float
    reason: str
    advice: tuple = ()

    def lines(self):
        """Returns list of str, what a person should see before the training."""
        lines = [f"target: {self.rate:.4g} of normal pictures flagged; {self.reason}"]
        return lines + [
            f"advice: {found.text}"
            for found in self.advice
            if found.kind == "cross_validation"
        ]


def choose_target(data, asked, folds=0):
    """Chooses the rate: what is asked for, or what the pictures allow.

    Args:
        data: `OneClassData`.
        asked: float or None.
        folds: int, parts of a calibration by cross-validation; 0: held-out normals
            calibrate.

    Returns:
        `Target`.

    Raises:
        ValueError: the pictures do not allow what is asked for.
    """
    train, held_out = data.examples["train"], data.examples["calibration"]
    if folds:  # Now, not after the training.
        assign_folds(train, folds)
        if held_out:
            raise ValueError(
                f"Not trained. The data hold {len(held_out)} normals out to calibrate "
                "with. Leave --cross-calibrate out, or these pictures."
            )
        count = len(train)
        reason = (
            f"{count} normals calibrate, in {folds} parts, each scored by a detector "
            "that is trained without it"
        )
    else:
        count = len(held_out)
        reason = f"{count} normals are held out for it"
    if not count:
        raise ValueError(
            f"Not trained. There is no normal picture to calibrate with.{_remedies(0)}"
        )
    few = advise_on_number_of_normals(count, asked or DEFAULT_TARGET_FPR)
    if few and asked:
        raise ValueError(f"Not trained. {few.text}{_remedies(folds)}")
    advice = [few, advise_on_cross_validation(len(train), len(held_out))]
    rate = asked or DEFAULT_TARGET_FPR
    if few:
        needed = few.numbers["needed"]
        reason += f", and {DEFAULT_TARGET_FPR:g} would need {needed}"
        rate = smallest_target_fpr(count)
    return Target(rate, reason, tuple(filter(None, advice)))


def _remedies(folds):
    if folds:
        return ""
    return (
        " (--shares TRAIN CALIBRATION TEST holds more of them out, --calibration DIR "
        "takes them from elsewhere, --cross-calibrate K takes all that train.)"
    )
