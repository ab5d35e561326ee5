"""Whether there are enough held-out normals for a rate of false alarms."""

import math

from keras_novnorm.advice.finding import Finding
from keras_novnorm.calibration.threshold import smallest_target_fpr


def normals_needed(target_fpr):
    """How many held-out normals a target rate needs.

    `n >= 1 / a - 1`: with fewer, no threshold keeps the promise.

    Args:
        target_fpr: float `a` in (0, 1).

    Returns:
        int.
    """
    return math.ceil(1.0 / target_fpr - 1e-9) - 1


FEW_NORMALS = 60
"""With fewer normals, the share of them that is held out says little."""

FEWEST_LEARNED = 3
"""From fewer normals it cannot be told how much normals differ."""

_FOLDS = 5


def advise_on_cross_validation(num_train, num_calibration):
    """Says when cross-validation makes more of few normals.

    Args:
        num_train: int, normal pictures to train on.
        num_calibration: int, normal pictures held out for the calibration; 0: it is
            done already.

    Returns:
        `Finding`, or None: there are many, or too few to divide. Its numbers:
        `num_normals`, `smallest_target_fpr`, the smallest rate that works by
        cross-validation, and `folds`.
    """
    total = num_train + num_calibration
    folds = min(_FOLDS, total)
    if not num_calibration or total >= FEW_NORMALS or folds < 2:
        return None
    smallest = smallest_target_fpr(total)
    return Finding(
        "cross_validation",
        f"{num_calibration} normals held out say little, and allow no rate below "
        f"{smallest_target_fpr(num_calibration):g}. --cross-calibrate {folds} trains "
        f"on all {total} and calibrates on all of them, for rates from {smallest:g} "
        f"on, by {folds} more trainings.",
        {
            "num_normals": total,
            "smallest_target_fpr": smallest,
            "folds": folds,
        },
    )


def advise_on_number_of_normals(num_calibration, target_fpr):
    """Says when held-out normals are too few for a target rate.

    Args:
        num_calibration: int, normal pictures held out for the calibration.
        target_fpr: float in (0, 1).

    Returns:
        `Finding`, or None: there are enough. Its numbers: `num_calibration`,
        `target_fpr`, `needed`, and `smallest_target_fpr`, the smallest rate that works.
    """
    needed = normals_needed(target_fpr)
    if num_calibration >= needed:
        return None
    smallest = smallest_target_fpr(num_calibration) if num_calibration else None
    instead = f", or ask for {smallest:g}, the smallest that works" if smallest else ""
    return Finding(
        "few_normals",
        f"A false-alarm rate of {target_fpr:g} needs {needed} normal pictures held out "
        f"for the calibration; there are {num_calibration}. Give more{instead}.",
        {
            "num_calibration": num_calibration,
            "target_fpr": target_fpr,
            "needed": needed,
            "smallest_target_fpr": smallest,
        },
    )


def advise_on_normals_learned(num_normals):
    """Says when normals are too few to tell how much normals differ.

    Args:
        num_normals: int, pictures that a detector learned from.

    Returns:
        `Finding` whose numbers are `num_normals` and `needed`; or None: it can be told.
    """
    if num_normals >= FEWEST_LEARNED:
        return None
    pictures = "1 picture" if num_normals == 1 else f"{num_normals} pictures"
    return Finding(
        "few_learned",
        f"The detector has learned from {pictures}: how much normal pictures differ "
        f"cannot be told from fewer than {FEWEST_LEARNED}, and the unit of its scores "
        "is a guess. Give more; until then go by the threshold that a calibration "
        "sets.",
        {"num_normals": num_normals, "needed": FEWEST_LEARNED},
    )
