"""ROC curve and precision-recall curve, with the point of the threshold."""

import numpy as np

from keras_novnorm.visualization.axis import Axis
from keras_novnorm.visualization.plot import Plot, line_path

# More points than a screen can show only make the file large.
_MOST_POINTS = 600


def roc_plot(labels, scores, is_novel):
    """Detection rate over the false-positive rate.

    Args:
        labels: int `[N]`, 0 and 1, both present.
        scores: float `[N]`.
        is_novel: bool `[N]`, the verdicts at the calibrated threshold.

    Returns:
        `Plot`.
    """
    from sklearn import metrics

    false_rate, true_rate, _ = metrics.roc_curve(labels, scores)
    x = Axis(0.0, 1.0, "false-positive rate", ticks=5)
    y = Axis(0.0, 1.0, "detection rate", ticks=5)
    false_now = float(np.mean(is_novel[labels == 0]))
    true_now = float(np.mean(is_novel[labels == 1]))
    return Plot(
        name="roc",
        description=(
            "ROC curve. At the calibrated threshold the false-positive rate is "
            f"{false_now:.1%} and the detection rate {true_now:.1%}."
        ),
        x=x,
        y=y,
        paths=[("chance", "M0 100L100 0"), ("curve", _curve(false_rate, true_rate))],
        marker=(100.0 * false_now, 100.0 * true_now),
        marks="point",
    )


def precision_recall_plot(labels, scores, is_novel):
    """Share of novel ones among what is flagged, over the detection rate.

    Args:
        labels: int `[N]`, 0 and 1, both present.
        scores: float `[N]`.
        is_novel: bool `[N]`, the verdicts at the calibrated threshold.

    Returns:
        `Plot`.
    """
    from sklearn import metrics

    precision, recall, _ = metrics.precision_recall_curve(
        labels, scores, drop_intermediate=True
    )
    share = float(np.mean(labels == 1))
    recall_now = float(np.mean(is_novel[labels == 1]))
    # Of nothing flagged nothing is wrong: where the curve begins.
    precision_now = float(np.mean(labels[is_novel] == 1)) if is_novel.any() else 1.0
    return Plot(
        name="precision-recall",
        description=(
            "Precision-recall curve. At the calibrated threshold precision is "
            f"{precision_now:.1%} and the detection rate {recall_now:.1%}."
        ),
        x=Axis(0.0, 1.0, "detection rate (recall)", ticks=5),
        y=Axis(0.0, 1.0, "precision", ticks=5),
        paths=[
            ("chance", f"M0 {100 - 100 * share:.2f}H100"),
            ("curve", _curve(recall[::-1], precision[::-1])),
        ],
        marker=(100.0 * recall_now, 100.0 * precision_now),
        marks="point",
    )


def _curve(x, y):
    if len(x) > _MOST_POINTS:
        kept = np.unique(np.linspace(0, len(x) - 1, _MOST_POINTS).round().astype(int))
        x, y = x[kept], y[kept]
    return line_path(100.0 * x, 100.0 * y)
