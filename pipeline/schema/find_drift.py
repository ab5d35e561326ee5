"""Statistics against those of other data."""

import dataclasses

from pipeline.schema.anomaly import Anomaly
from pipeline.statistics.distances import (
    chance_of_difference,
    chance_of_divergence,
    infinity_distance,
    jensen_shannon_divergence,
)
from pipeline.statistics.picture_measures import MEASURES

DIVERGENCE, INFINITY = "Jensen-Shannon divergence", "L-infinity distance"

_CHANNELS = "red", "green", "blue"


@dataclasses.dataclass(frozen=True)
class Distance:
    """How far one property of a split is from what it was.

    Attributes:
        split: str.
        what: str, "brightness", "classes", ...
        name: str, of the distance.
        value: float.
        allowed: float, the threshold and what chance alone makes.
        detail: str, what differs most; empty where that is not told.
    """

    split: str
    what: str
    name: str
    value: float
    allowed: float
    detail: str = ""

    def is_drift(self):
        """Returns bool, whether more differs than is allowed."""
        return self.value > self.allowed

    def anomaly(self):
        """Returns `Anomaly` that says so."""
        detail = f" ({self.detail})" if self.detail else ""
        return Anomaly(
            f"drift of {self.what}",
            self.split,
            f"a {self.name} of at most {self.allowed:.3f} from the run before",
            f"{self.value:.3f}{detail}",
            "See statistics.html of both runs; where the change is meant, run with "
            "--on-anomaly warn.",
        )


def find_drift(previous, statistics, parameters):
    """Measures how far the pictures of each split are from those of another run.

    Args:
        previous: dict, as `StatisticsOutputs.read` gives it.
        statistics: dict likewise.
        parameters: `ValidateParameters`.

    Returns:
        Pair of a list of `Distance`s, and a list of str: what was not compared, and
        why.
    """
    distances, notes = [], []
    for name, now in statistics["splits"].items():
        before = previous["splits"][name]
        reason = _why_not(before, now, previous, statistics, parameters)
        if reason:
            notes.append(f"{name} is not compared with the run before: {reason}.")
        else:
            distances += _compare(name, before, now, parameters)
    return distances, notes


def _why_not(before, now, previous, statistics, parameters):
    least = min(before["count"], now["count"])
    if least < parameters.min_count:
        return (
            f"it has {now['count']} pictures and had {before['count']}; "
            f"{parameters.min_count} are needed to tell drift from chance"
        )
    if set(before["classes"]) != set(now["classes"]):
        lost = sorted(set(before["classes"]) - set(now["classes"]))
        new = sorted(set(now["classes"]) - set(before["classes"]))
        return f"its classes are others (new: {_listed(new)}; gone: {_listed(lost)})"
    if previous["bins"] != statistics["bins"]:
        return f"histograms had {previous['bins']} bins and have {statistics['bins']}"
    return None


def _listed(names):
    return ", ".join(names) or "none"


def _compare(split, before, now, parameters):
    counts = before["count"], now["count"]
    histograms = {name: (before[name], now[name]) for name in MEASURES}
    for channel, *pair in zip(
        _CHANNELS, before["intensity"], now["intensity"], strict=True
    ):
        histograms[f"intensity of {channel}"] = pair
    for what, pair in histograms.items():
        yield Distance(
            split,
            what,
            DIVERGENCE,
            jensen_shannon_divergence(*pair),
            parameters.max_histogram_distance + chance_of_divergence(*pair, *counts),
        )
    allowed = parameters.max_frequency_distance + chance_of_difference(*counts)
    for what, of_split in (
        ("classes", lambda found: {n: c["count"] for n, c in found["classes"].items()}),
        ("kinds of picture", lambda found: found["modes"]),
        ("sizes", lambda found: found["sizes"]),
    ):
        first, second = of_split(before), of_split(now)
        if first and second:
            value, name = infinity_distance(first, second)
            detail = f"of {name}"
            yield Distance(split, what, INFINITY, value, allowed, detail)
