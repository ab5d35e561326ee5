"""What one plot of a report is made of; `templates/plot.html` draws it."""

import dataclasses

import numpy as np

from keras_novnorm.visualization.axis import Axis


@dataclasses.dataclass(frozen=True)
class Plot:
    """A plot with named lines, areas and one marker.

    Places are percent: 0 is left or at the bottom, 100 right or at the top.

    Args:
        name: str, by which the page's script finds the plot.
        description: str, what a person who does not see it is told.
        x: `Axis`.
        y: `Axis`.
        paths: list of `(kind, path)`, the kind as in the page's style sheet, the path
            from `line_path` or `step_path`.
        legend: list of `(kind, text)`.
        marker: where the threshold is: `(x,)` for a line, `(x, y)` for a point, or
            `None` for neither.
        marks: what `marker` marks: `"line"`, `"point"` or `None`.
    """

    name: str
    description: str
    x: Axis
    y: Axis
    paths: list
    legend: list = dataclasses.field(default_factory=list)
    marker: tuple | None = None
    marks: str | None = None


def line_path(x_places, y_places):
    """A line through points, as the path of an SVG that has its origin at the top.

    Args:
        x_places: percents `[N]`.
        y_places: percents `[N]`.

    Returns:
        Text of the `d` attribute.
    """
    points = zip(x_places, 100.0 - np.asarray(y_places), strict=True)
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def step_path(x_places, heights):
    """The outline of bars that stand side by side.

    Args:
        x_places: percents `[N + 1]`, the edges.
        heights: percents `[N]`.

    Returns:
        Text of the `d` attribute.
    """
    parts = [f"M{x_places[0]:.2f} 100"]
    for x, height in zip(x_places[1:], heights, strict=True):
        parts.append(f"V{100.0 - height:.2f}H{x:.2f}")
    return "".join(parts) + "V100Z"
