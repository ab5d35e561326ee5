"""Histograms of scores."""

import numpy as np

from keras_novnorm.visualization.axis import Axis
from keras_novnorm.visualization.plot import Plot, step_path

_BARS = 40
_SERIES = ((0, "normal", "normal"), (1, "novel", "novel"), (-1, "unknown", "pictures"))


def score_axis(scores, threshold):
    """The scores that are shown, and that a slider goes through.

    Args:
        scores: float `[N]`.
        threshold: float.

    Returns:
        `Axis`.
    """
    scores = scores[np.isfinite(scores)]
    if not scores.size:
        scores = np.array([threshold])
    # The far tails would squeeze everything else into one bar.
    low = min(np.quantile(scores, 0.005, method="lower"), threshold)
    high = max(np.quantile(scores, 0.99), threshold)
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
    everything = scores
    if calibration_scores is not None and len(calibration_scores):
        calibration_scores = np.asarray(calibration_scores, "float64")
        text = f"calibration, normal ({len(calibration_scores):,})"
        series.append(("calibration", text, calibration_scores))
        everything = np.concatenate([scores, calibration_scores])
    x = score_axis(everything, threshold)
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
