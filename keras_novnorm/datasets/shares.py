"""How many of the normals are trained, calibrated and tested on."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Shares:
    """Shares of the normal pictures, which sum to 1.

    Args:
        train: float, more than 0.
        calibration: float; 0: nothing is cut off to calibrate with.
        test: float; 0: no normal picture is cut off to test on. Where the source has
            a test split of its own that is taken, and the other two shares are of
            what remains.

    Raises:
        ValueError: names the shares that cannot be meant.
    """

    train: float = 2 / 3
    calibration: float = 2 / 15
    test: float = 1 / 5

    def __post_init__(self):
        values = dataclasses.astuple(self)
        if not _may_be_meant(values) or abs(sum(values) - 1) > 1e-6:
            raise ValueError(_what_is_wrong(values))

    @classmethod
    def of(cls, values):
        """Makes shares of three numbers of any unit: 8 1 1, or 80 10 10.

        Args:
            values: sequence of three numbers.

        Returns:
            `Shares`.

        Raises:
            ValueError: they cannot be meant.
        """
        values = [float(value) for value in values]
        if not _may_be_meant(values):
            raise ValueError(_what_is_wrong(values))
        return cls(*(value / sum(values) for value in values))

    @property
    def calibration_of_rest(self):
        """float, the share that calibrates of what is not tested on."""
        return self.calibration / (self.train + self.calibration)

    def without_calibration(self):
        """Returns `Shares` with nothing to calibrate with, and more to train on."""
        return Shares(self.train + self.calibration, 0.0, self.test)


def _may_be_meant(values):
    known = len(values) == 3 and all(math.isfinite(v) and v >= 0 for v in values)
    return known and values[0] > 0


def _what_is_wrong(values):
    return (
        "Shares are three numbers, to train, to calibrate and to test, such as 0.6 0.2 "
        "0.2; none is below 0, and there must be something to train on. Received: "
        f"{' '.join(f'{value:g}' for value in values)}."
    )


SHARES = Shares()
"""One fifth tests; of the rest, one sixth calibrates."""
