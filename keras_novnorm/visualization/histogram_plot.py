"""Histograms of scores."""

import numpy as np

from keras_novnorm.visualization.axis import Axis
from keras_novnorm.visualization.plot import Plot, step_path

_BARS = 40
# Novel scores have no upper limit: how far to go, in lengths of what is normal.
_REACH = 5.0
_SERIES = ((0, "normal", "normal"), (1, "novel", "novel"), (-1, "unknown", "pictures"))


def score_axis(series, threshold):
    """The scores that are shown, and that a slider goes through.

    Args:
        series: list of float arrays, each the scores of one kind of picture.
        threshold: float.

    Returns:
        `Axis`.
    """
    series = [scores[np.isfinite(scores)] for scores in series]
    series = [scores for scores in series if scores.size]
    # The far tails would squeeze everything else into one bar.
    lows = [np.quantile(scores, 0.005, method="lower") for scores in series]
    highs = [np.quantile(scores, 0.99) for scores in series]
    low = min([threshold, *lows])
    high = max([threshold, *highs])
    if threshold > low:
        high = min(high, low + _REACH * (threshold - low))
    room = 0.02 * (high - low) or 0.01 * max(abs(high), 1.0)
    return Axis(float(low - room), float(high + room), "score (higher is more novel)")


def histogram_plot(labels, scores, threshold, calibration_scores=None):
    """Histograms of normal and novel scores, with the threshold.

    Args:
        labels: int `[N]`: 0 normal, 1 novel, -1 not known.
        scores: float `[N]`.
        threshold: float, in the unit of the scores.
        calibration_scores: float `[n]`, or `None`: drawn as an outline.

    Returns:
        `Plot`. The last bar holds all above, the first all below.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, "float64")
    series = [
        (kind, f"{name} ({np.sum(labels == label):,})", scores[labels == label])
        for label, kind, name in _SERIES
    ]
    if calibration_scores is not None and len(calibration_scores):
        calibration_scores = np.asarray(calibration_scores, "float64")
        text = f"calibration, normal ({len(calibration_scores):,})"
        series.append(("calibration", text, calibration_scores))
    x = score_axis([values for _, _, values in series], threshold)
    edges = np.linspace(x.low, x.high, _BARS + 1)
    shares = {}
    for kind, text, values in series:
        values = np.clip(values[~np.isnan(values)], x.low, x.high)
        if values.size:
            counts = np.histogram(values, edges)[0]
            shares[kind] = (text, 100.0 * counts / values.size)
    top = max((share.max() for _, share in shares.values()), default=1.0)
    y = Axis(0.0, 1.08 * float(top), "% of its pictures", ticks=5)
    names = " and ".join(text for text, _ in shares.values())
    return Plot(
        name="histogram",
        description=(
            f"Histograms of scores: {names}. The calibrated threshold is "
            f"{threshold:.4g}."
        ),
        x=x,
        y=y,
        paths=[
            (kind, step_path(x.place(edges), y.place(share)))
            for kind, (_, share) in shares.items()
        ],
        legend=[(kind, text) for kind, (text, _) in shares.items()],
        marker=(float(x.place(threshold)),),
        marks="line",
    )
