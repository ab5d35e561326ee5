"""Figures of the page of results."""

import numpy as np

COLORS = {"reported": "#8a8a8a"}
SERIES = ("#1f77b4", "#d95f02", "#2a9d5c")
NORMAL, NOVEL = "#1f77b4", "#d95f02"


def save_figure(figure, path):
    """Write an SVG that is the same for the same data.

    Args:
        figure: a matplotlib `Figure`.
        path: file to write, a `pathlib.Path`.
    """
    import matplotlib

    # Text stays text, and the same data make the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.name}):
        figure.savefig(path, metadata={"Date": None}, facecolor="white")


def draw_class_bars(path, names, rows, reported, series):
    """AUROC of each class: what the paper reports beside what we reach.

    Args:
        path: SVG file to write.
        names: names of the classes.
        rows: tuples of normal classes, one for each name.
        reported: list of the paper's figures in percent, or `None`.
        series: dictionary from a label to `class_means`.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.add_subplot()
    bars = (
        [("reported", dict(zip(rows, reported, strict=True)))] if reported else []
    ) + [*series.items()]
    width = 0.8 / len(bars)
    places = np.arange(len(rows))
    for index, (label, means) in enumerate(bars):
        color = COLORS.get(label, SERIES[(index - bool(reported)) % len(SERIES)])
        axes.bar(
            places + (index - (len(bars) - 1) / 2) * width,
            [means.get(row, np.nan) for row in rows],
            width,
            label=label,
            color=color,
        )
    found = [value for _, means in bars for value in means.values()]
    axes.set_ylim(max(0, min(found) - 5), 100)
    axes.set_xticks(places, names)
    axes.set_ylabel("AUROC, %")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    save_figure(figure, path)


def draw_histograms(path, results, names):
    """Scores of normal and novel test pictures, one small plot for each class.

    Args:
        path: SVG file to write.
        results: list of results, one for each class.
        names: names of the classes.
    """
    from matplotlib.figure import Figure

    results = sorted(results, key=lambda r: r["normal"])
    columns = min(5, len(results))
    lines = -(-len(results) // columns)
    figure = Figure(figsize=(9, 1.9 * lines), layout="constrained")
    for index, result in enumerate(results):
        axes = figure.add_subplot(lines, columns, index + 1)
        found = result["histogram"]
        edges = np.asarray(found["edges"])
        for name, color in (("normal", NORMAL), ("novel", NOVEL)):
            counts = np.asarray(found[name], float)
            axes.stairs(counts / counts.sum(), edges, fill=True, color=color, alpha=0.6)
        if edges[0] <= found["threshold"] <= edges[-1]:
            axes.axvline(
                found["threshold"], color="#333333", linewidth=0.8, dashes=(3, 2)
            )
        normal = "+".join(names[n] for n in result["normal"])
        axes.set_title(f"{normal}: {100 * result['auroc']:.1f}", fontsize=9)
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    figure.supxlabel(
        "score: normal blue, novel orange; dashed the calibrated threshold", fontsize=8
    )
    save_figure(figure, path)
