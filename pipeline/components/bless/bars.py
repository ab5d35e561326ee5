"""Bars that a metric must reach, as they are written on a command line."""

import dataclasses
import math
import operator
import re

from pipeline.pipeline_error import UsageError

_SHORT = {"fpr": "false_positive_rate"}
_HOLDS = {">=": operator.ge, "<=": operator.le}


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        metric: str, a name in `metrics.json`.
        direction: ">=" or "<=".
        value: float.
    """

    metric: str
    direction: str
    value: float

    def __str__(self):
        return f"{self.metric}{self.direction}{self.value:g}"

    def is_met(self, value):
        """Returns bool, whether a metric of this value reaches the bar."""
        return _HOLDS[self.direction](value, self.value)

    def best_and_worst(self, interval):
        """Returns tuple of two floats: the ends of an interval, the better first."""
        low, high = interval
        return (high, low) if self.direction == ">=" else (low, high)


def parse_bar(text):
    """Reads a bar.

    Args:
        text: str such as "auroc>=0.9" or "fpr<=0.02"; `fpr` is short for
            `false_positive_rate`.

    Returns:
        `Bar`.

    Raises:
        UsageError: it is not one.
    """
    found = re.fullmatch(r"\s*(\w+)\s*(>=|<=)\s*(\S+)\s*", text)
    try:
        metric, direction, number = found.groups()
        value = float(number)
    except (AttributeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            "A bar is a metric, >= or <=, and a number, such as auroc>=0.9 or "
            f"fpr<=0.02; received {text!r}."
        )
    return Bar(_SHORT.get(metric, metric), direction, value)
