"""Curves of a training."""

import numpy as np

from keras_novnorm.visualization.axis import Axis
from keras_novnorm.visualization.plot import Plot, line_path

_SHOWN = (
    "loss",
    "reconstruction_error",
    "reconstruction_variation",
    "active_latents",
    "novelty_deviation",
)


def training_plots(history):
    """Metrics of training over the epochs, each in a plot of its own.

    Args:
        history: dictionary of lists, one value per epoch.

    Returns:
        List of `Plot`.
    """
    return [
        _curve(name, np.asarray(history[name], "float64"))
        for name in _SHOWN
        if history.get(name)
    ]


def _curve(name, values):
    epochs = np.arange(1, len(values) + 1)
    known = np.isfinite(values)
    low, high = (values[known].min(), values[known].max()) if known.any() else (0, 1)
    room = 0.05 * (high - low) or 0.05 * max(abs(high), 1e-6)
    words = name.replace("_", " ")
    x = Axis(0.5, len(values) + 0.5, "epoch", ticks=4)
    y = Axis(float(low - room), float(high + room), words, ticks=4)
    if not known.any():
        path = ""
    elif len(values) == 1:
        path = line_path(x.place([0.75, 1.25]), y.place([values[0]] * 2))
    else:
        path = line_path(x.place(epochs[known]), y.place(values[known]))
    return Plot(
        name=f"training-{name.replace('_', '-')}",
        description=f"{words} over {len(values)} epochs, last {values[-1]:.4g}",
        x=x,
        y=y,
        paths=[("training", path)],
    )
