"""What the count penalty does: `python -m benchmarks.count_penalty`.

Trains the `digits` preset (8x8 digits of scikit-learn, seconds each) with the penalty
off, counted without a gradient and with its straight-through gradient at some weights,
draws the magnitudes of the head's kernels and prints the counts.
"""

import argparse
import pathlib

import numpy as np

from benchmarks.figures import save_figure

DIGIT = 8
SETTINGS = {
    "weight 0": (0.0, "straight_through"),
    "1e-5, no gradient": (1e-5, "none"),
    "1e-5, straight-through": (1e-5, "straight_through"),
    "1e-3, straight-through": (1e-3, "straight_through"),
}
SMALL = 1e-2  # the scale of the stand-in: below it a weight is being pushed away


def main():
    """Train, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--output",
        type=pathlib.Path,
        default=pathlib.Path(__file__).parent.parent / "docs/figures/count_penalty.svg",
    )
    arguments = parser.parse_args()
    from benchmarks.one_class_arrays import read_arrays, split_arrays
    from keras_novnorm.metrics import auroc

    arrays = split_arrays(read_arrays("digits"), [DIGIT])
    magnitudes = {}
    print("| penalty | entries that count | below 0.01 | AUROC of the novelty score |")
    print("|---|---|---|---|")
    for label, (weight, gradient) in SETTINGS.items():
        found, areas, counts = [], [], []
        for seed in range(arguments.seeds):
            detector = train(arrays, weight, gradient, seed)
            head = detector.novelty_term
            found += [np.abs(d.kernel.numpy()).ravel() for d in head.dense_layers]
            counts.append(float(head.count()))
            logits = detector.predict(arrays.test, verbose=0)["novelty_score"]
            areas.append(100 * auroc(arrays.labels, logits))
        magnitudes[label] = np.concatenate(found)
        total = magnitudes[label].size // arguments.seeds
        print(
            f"| {label} | {np.mean(counts):.0f} of {total} "
            f"| {100 * np.mean(magnitudes[label] < SMALL):.1f}% "
            f"| {np.mean(areas):.1f} ± {np.std(areas, ddof=1):.1f} |",
            flush=True,
        )
    draw(magnitudes, arguments.output)


def train(arrays, weight, gradient, seed):
    """A detector with one form of the penalty.

    Args:
        arrays: `OneClassArrays`.
        weight: `l2` of eq. (4).
        gradient: as `L0Count` takes it.
        seed: int.

    Returns:
        A `NoveltyDetector`.
    """
    from benchmarks.experiment import train_detector
    from keras_novnorm.regularizers.l0_count import L0Count
    from keras_novnorm.terms import NoveltyScore

    head = NoveltyScore((16,), count_penalty=L0Count(gradient=gradient))
    overrides = {
        "terms": ["reconstruction_error", head],
        "count_weight": weight,
    }
    return train_detector("digits", arrays, seed, overrides)[0]


def draw(magnitudes, path):
    """One histogram of log magnitudes for each setting, under one axis.

    Args:
        magnitudes: dictionary from a label to a float array.
        path: SVG file to write.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    edges = np.linspace(-6, 1, 57)
    shared = None
    for index, (label, values) in enumerate(magnitudes.items()):
        shared = axes = figure.add_subplot(len(magnitudes), 1, index + 1, sharex=shared)
        logs = np.clip(np.log10(np.maximum(values, 1e-12)), edges[0], edges[-1])
        counts, _ = np.histogram(logs, edges)
        axes.stairs(counts / counts.sum(), edges, fill=True, color="#1f77b4")
        axes.axvline(np.log10(SMALL), color="#333333", linewidth=0.8, dashes=(3, 2))
        axes.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
        axes.set_yticks([])
        axes.tick_params(labelbottom=index == len(magnitudes) - 1)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    figure.supxlabel(
        "log10 of the magnitude of the head's weights (dashed: the stand-in's scale)",
        fontsize=9,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save_figure(figure, path)


if __name__ == "__main__":
    main()
