"""The scale of all heat maps, as a picture."""

import math

import numpy as np

from keras_novnorm.visualization.heat_colours import COLOURS, STEPS, check_scale


def colour_bar(scale, threshold=None):
    """Draw the colours of heat maps with the values they stand for.

    Args:
        scale: the value of the brightest colour, `detector.map_scale`.
        threshold: the value above which a pixel is novel, marked in the bar; `None`
            or NaN for no mark.

    Returns:
        uint8 array `[H, W, 3]`.

    Raises:
        ValueError: if `scale` is no positive number.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_scale(scale)
    figure = Figure(figsize=(4.4, 0.95), dpi=100, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots()
    gradient = np.linspace(0.0, 1.0, STEPS)[None]
    axes.imshow(gradient, aspect="auto", extent=(0.0, scale, 0.0, 1.0), cmap=COLOURS)
    axes.set_yticks([])
    axes.set_xticks(
        [0.0, scale / 2, scale], ["0", f"{scale / 2:.3g}", f"{scale:.3g} and more"]
    )
    axes.set_xlim(0.0, scale)
    for tick, side in zip(
        axes.get_xticklabels(), ("left", "center", "right"), strict=True
    ):
        tick.set_horizontalalignment(side)
    if threshold is not None and not math.isnan(threshold):
        place = min(max(threshold, 0.0), scale)
        axes.axvline(place, color="black", linewidth=3.5, clip_on=False)
        axes.axvline(place, color="#40ffff", linewidth=1.5, clip_on=False)
        axes.set_title(f"novel above {threshold:.3g}", fontsize=9)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]
