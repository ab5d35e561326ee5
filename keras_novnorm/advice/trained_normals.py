"""Whether normals of a calibration were trained on."""

from keras_novnorm.advice.finding import Finding

_FEWEST = 2
_SHARE = 0.1


def find_trained_normals(num_known, num_sayable):
    """Says when pictures that calibrate were trained on.

    Two hashes of 24 bits can be the same by chance: one picture alone counts only
    where it is a tenth of those of which it can be said.

    Args:
        num_known: int, calibration pictures that training saw.
        num_sayable: int, of how many it can be said (see `TrainingSketch`).

    Returns:
        `Finding` whose numbers are `num_known` and `num_sayable`; or None.
    """
    if num_known < _FEWEST and num_known < _SHARE * max(num_sayable, 1):
        return None
    if not num_known:
        return None
    return Finding(
        "trained_normals",
        f"{num_known} of {num_sayable} calibration pictures that could be looked up "
        "are pictures that the detector was trained on. It knows these, so that they "
        "score lower than new normals do: more of those will be flagged than the "
        "target rate says. Calibrate on normal pictures that training did not see.",
        {"num_known": num_known, "num_sayable": num_sayable},
    )
