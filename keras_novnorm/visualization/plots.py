"""Plots of a report, each as the text of an SVG image."""

import io

import numpy as np

NORMAL, NOVEL, NEUTRAL = "#2a8f6d", "#d1495b", "#7a8599"


def score_histograms(labels, scores, threshold):
    """Histograms of normal and novel scores with the threshold between.

    Args:
        labels: int `[N]`, 0 normal and 1 novel.
        scores: float `[N]`.
        threshold: float, in the unit of the scores.

    Returns:
        SVG text.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, "float64")
    figure, axes = _figure()
    # The far tail would squeeze everything else into one bar.
    high = max(np.quantile(scores, 0.99), threshold) * 1.02 + 1e-9
    edges = np.linspace(scores.min(), max(high, scores.min() + 1e-6), 41)
    for label, name, color in ((0, "normal", NORMAL), (1, "novel", NOVEL)):
        chosen = np.minimum(scores[labels == label], edges[-1])
        if chosen.size:
            shares = np.full(chosen.size, 1.0 / chosen.size)
            axes.hist(
                chosen,
                edges,
                weights=shares,
                color=color,
                alpha=0.65,
                label=f"{name} ({chosen.size})",
            )
    axes.axvline(threshold, color=NEUTRAL, linestyle="--", label="threshold")
    axes.set_xlabel("score (higher is more novel; the last bar holds all above)")
    axes.set_ylabel("share of images")
    # A fixed place: "best" measures every bar, slowly, and warns.
    axes.legend(frameon=False, labelcolor=NEUTRAL, loc="upper right")
    return _svg(figure)


def roc_curve(labels, scores, threshold):
    """ROC curve with the point that the threshold makes.

    Args:
        labels: int `[N]`, both classes present.
        scores: float `[N]`.
        threshold: float, in the unit of the scores.

    Returns:
        SVG text.
    """
    from sklearn import metrics

    labels, scores = np.asarray(labels), np.asarray(scores, "float64")
    false_rate, true_rate, _ = metrics.roc_curve(labels, scores)
    figure, axes = _figure(width=4.0)
    axes.plot(false_rate, true_rate, color=NOVEL, linewidth=2)
    axes.plot([0, 1], [0, 1], color=NEUTRAL, linewidth=0.8, linestyle=":")
    flagged = scores > threshold
    axes.plot(
        np.mean(flagged[labels == 0]),
        np.mean(flagged[labels == 1]),
        "o",
        color=NORMAL,
        label="at the threshold",
    )
    axes.set_xlabel("false-positive rate")
    axes.set_ylabel("detection rate")
    axes.legend(frameon=False, labelcolor=NEUTRAL, loc="lower right")
    return _svg(figure)


def training_curves(history):
    """Metrics of training over the epochs, each on its own axis.

    Args:
        history: dictionary of lists, one value per epoch.

    Returns:
        SVG text.
    """
    names = [
        name
        for name in ("loss", "reconstruction_error", "reconstruction_variation")
        if history.get(name)
    ]
    figure, all_axes = _figure(width=3.0 * max(len(names), 1), columns=len(names))
    for axes, name in zip(np.atleast_1d(all_axes), names, strict=True):
        values = history[name]
        axes.plot(range(1, len(values) + 1), values, color=NORMAL, linewidth=1.8)
        axes.set_title(name.replace("_", " "), color=NEUTRAL, fontsize=10)
        axes.set_xlabel("epoch")
    return _svg(figure)


def _figure(width=6.0, height=3.4, columns=1):
    # Figure itself, not pyplot: no global state, no display.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_alpha(0)
    all_axes = figure.subplots(1, columns)
    for axes in np.atleast_1d(all_axes):
        axes.patch.set_alpha(0)
        axes.tick_params(colors=NEUTRAL, labelsize=8)
        axes.xaxis.label.set_color(NEUTRAL)
        axes.yaxis.label.set_color(NEUTRAL)
        for side, spine in axes.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(NEUTRAL)
    return figure, all_axes


def _svg(figure):
    import matplotlib

    buffer = io.StringIO()
    # Text stays text: smaller, and it can be searched and read aloud.
    with matplotlib.rc_context({"svg.fonttype": "none", "font.family": "sans-serif"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
