"""Draws the figures of "how it works": `python -m docs.figures.how_it_works`.

Trains the `digits` preset on one of scikit-learn's digits, in some ten seconds.
"""

import pathlib

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy.special import expit
from sklearn.datasets import load_digits

from benchmarks.figures import NORMAL, NOVEL, save_figure
from keras_novnorm import NoveltyDetector

FOLDER = pathlib.Path(__file__).parent
DIGIT = 8


def main():
    """Train and draw."""
    keras.utils.set_random_seed(0)
    images, classes = load_digits(return_X_y=True)
    images = np.rint(images.reshape(-1, 8, 8, 1) * (255 / 16)).astype("uint8")
    normal, novel = images[classes == DIGIT], images[classes != DIGIT]
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    detector.fit(normal[:110], epochs=60, verbose=0)
    detector.adapt(normal[:110], verbose=0)
    detector.calibrate(normal[110:140], target_fpr=0.05)
    seen = [describe(detector, part) for part in (normal[140:], novel)]
    draw_normalization(detector.term_names, *seen[0])
    draw_terms(detector, *seen)


def describe(detector, images):
    """Returns errors and novelty scores of eqs. (1), (2); terms `[N, K]`; scores."""
    outputs = detector.predict(images, verbose=0)
    raw = {
        "reconstruction error, eq. (1)": outputs["reconstruction_error"],
        # The output is the logit.
        "novelty score, eq. (2)": expit(outputs["novelty_score"].astype("float64")),
    }
    values = [outputs[name] for name in detector.term_names]
    terms = detector.normalization.standardize(detector.normalizable_values(values))
    return raw, np.asarray(terms), outputs["score"]


def draw_normalization(names, raw, terms, _):
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for (label, values), color in zip(raw.items(), (NORMAL, NOVEL), strict=True):
        low, high = np.log10(values.min()), np.log10(values.max())
        left.hist(values, np.logspace(low, high + 1e-3, 12), color=color, label=label)
    left.set_xscale("log")
    left.set_ylabel("pictures")
    left.set_title("as they come", loc="left", fontsize=10)
    left.legend(frameon=False, fontsize=8)
    for index, color in zip(range(2), (NORMAL, NOVEL), strict=True):
        label = names[index].replace("_", " ")
        bins = np.linspace(-4, 4, 17)
        right.hist(terms[:, index], bins, color=color, alpha=0.6, label=label)
    right.set_title("in deviations of the normal class", loc="left", fontsize=10)
    right.legend(frameon=False, fontsize=8)
    finish(figure, (left, right), "novelty_normalization.svg")


def draw_terms(detector, normal, novel):
    names = [name.replace("_", " ") for name in detector.term_names]
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    panels = figure.subplots(1, len(names) + 1, sharey=True)
    columns = [(title, k) for k, title in enumerate(names)] + [("score", None)]
    for axes, (title, k) in zip(panels, columns, strict=True):
        parts = [part[2] if k is None else part[1][:, k] for part in (normal, novel)]
        bins = np.linspace(-4, 8, 25)
        for values, color, label in zip(
            parts, (NORMAL, NOVEL), (f"the digit {DIGIT}", "others"), strict=True
        ):
            weights = np.full(len(values), 1 / len(values))
            shown = np.clip(values, -4, 7.9)
            axes.hist(shown, bins, weights=weights, color=color, alpha=0.6, label=label)
        axes.set_title(title, loc="left", fontsize=10)
    panels[-1].axvline(detector.threshold, color="black", linewidth=1)
    panels[0].set_ylabel("share of pictures")
    panels[0].legend(frameon=False, fontsize=8)
    finish(figure, panels, "terms_of_digits.svg")


def finish(figure, panels, name):
    for axes in panels:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    save_figure(figure, FOLDER / name)


if __name__ == "__main__":
    main()
