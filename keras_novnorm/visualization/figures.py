"""Figures for a notebook: pictures in rows and columns."""

import math

import numpy as np

from keras_novnorm.visualization.heat_colours import COLOURS
from keras_novnorm.visualization.rgb_picture import rgb_picture

_SIDE = 1.5


def gallery(images, outputs, columns=6, max_images=24, most_novel_first=True):
    """Images with their scores and verdicts.

    Args:
        images: `[N, H, W, C]`, uint8 or float in [0, 1].
        outputs: dictionary of arrays `[N]` from `detector.predict(images)`.
        columns: images in a row.
        max_images: how many are shown.
        most_novel_first: whether to sort them by their scores.

    Returns:
        `matplotlib.figure.Figure`.

    Raises:
        ValueError: if there is no image, or `images` and `outputs` are not as many.
    """
    scores = np.asarray(outputs["score"])
    if len(scores) != len(images) or not len(scores):
        raise ValueError(
            "A gallery needs images, and outputs of just these. Received "
            f"{len(images)} images and outputs of {len(scores)}."
        )
    order = (
        np.argsort(-scores, kind="stable") if most_novel_first else range(len(scores))
    )
    chosen = [int(index) for index in order][:max_images]
    columns = min(columns, len(chosen))
    figure, axes = _grid(math.ceil(len(chosen) / columns), columns)
    for place, index in zip(axes.flat, chosen, strict=False):
        place.imshow(rgb_picture(images[index]))
        novel = bool(outputs["is_novel"][index])
        place.set_title(
            f"{'novel' if novel else 'normal'}\n{scores[index]:.3g}, "
            f"p {float(outputs['p_value'][index]):.2g}",
            fontsize=8,
            color="#b3263b" if novel else "#1c7a5a",
        )
    return figure


def reconstruction_sheet(detector, images, max_images=8):
    """Images, their reconstructions and anomaly maps, a row each that there is.

    Args:
        detector: a `OneClassDetector`.
        images: `[N, H, W, C]`, uint8 or float in [0, 1].
        max_images: how many are shown.

    Returns:
        `matplotlib.figure.Figure`. All maps have one colour scale, the detector's own
        once it is calibrated.

    Raises:
        ValueError: if there is no image.
    """
    images = np.asarray(images)[:max_images]
    if not len(images):
        raise ValueError("A sheet needs at least one image. Received none.")
    rows = [("input", images)]
    if detector.can_reconstruct:
        rows.append(("reconstruction", np.asarray(detector.reconstruct(images))))
    number = len(rows) + detector.has_map
    figure, axes = _grid(number, len(images))
    for row, (name, pictures) in enumerate(rows):
        axes[row, 0].set_title(name, fontsize=8, loc="left")
        for column, picture in enumerate(pictures):
            axes[row, column].imshow(rgb_picture(picture))
    if detector.has_map:
        maps = np.asarray(detector.anomaly_map(images))
        scale = detector.map_scale
        if not math.isfinite(scale):
            scale = float(maps.max())
        axes[-1, 0].set_title("map", fontsize=8, loc="left")
        for place, values in zip(axes[-1], maps, strict=True):
            shown = place.imshow(values, vmin=0.0, vmax=scale, cmap=COLOURS)
        figure.colorbar(shown, ax=axes.ravel().tolist(), shrink=0.5)
    return figure


def _grid(rows, columns):
    # Figure itself, not pyplot: no global state, no display.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIDE * columns + 0.5, _SIDE * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for place in axes.flat:
        place.set_axis_off()
    return figure, axes
