"""An axis of a plot: from values to places."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Axis:
    """A range of values, drawn from one end of a plot to the other.

    Args:
        low: float, the value at the left or at the bottom.
        high: float, above `low`, the value at the right or at the top.
        label: str, what the values are.
        ticks: about how many ticks to have.
    """

    low: float
    high: float
    label: str
    ticks: int = 6

    def place(self, values):
        """Where values are drawn.

        Args:
            values: float or array.

        Returns:
            The same of percent of the way from `low` to `high`; what lies beyond an
            end is drawn at that end.
        """
        share = (np.asarray(values, "float64") - self.low) / (self.high - self.low)
        return 100.0 * np.clip(share, 0.0, 1.0)

    def tick_places(self):
        """Ticks at round values: list of `(percent, text)`."""
        from matplotlib.ticker import MaxNLocator

        locator = MaxNLocator(self.ticks, steps=[1, 2, 2.5, 5, 10])
        values = locator.tick_values(self.low, self.high)
        # Not the ones just beyond the ends, which `place` would draw at the ends.
        slack = 1e-9 * (self.high - self.low)
        inside = [v for v in values if self.low - slack <= v <= self.high + slack]
        return [(float(self.place(v)), f"{round(v, 12):g}") for v in inside]
