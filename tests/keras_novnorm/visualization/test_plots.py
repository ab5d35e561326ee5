"""Plots and choices of the report, by hand-made numbers."""

import re

import numpy as np
import pytest

from keras_novnorm.visualization.axis import Axis
from keras_novnorm.visualization.curve_plots import precision_recall_plot, roc_plot
from keras_novnorm.visualization.histogram_plot import histogram_plot
from keras_novnorm.visualization.picture_choice import choose_pictures
from keras_novnorm.visualization.training_plots import training_plots


def points(path):
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_ticks_are_round_and_within_the_axis():
    places, texts = zip(*Axis(-0.3, 6.2, "score").tick_places(), strict=True)
    assert texts == ("0", "2", "4", "6")
    assert places[0] == pytest.approx(100 * 0.3 / 6.5)
    assert Axis(0.0, 2.0, "score").place([-9, 0.5, 9]).tolist() == [0, 25, 100]


def test_histogram_shares_add_up_and_tails_are_in_the_end_bars():
    scores = np.concatenate([np.linspace(0, 1, 500), [1e30, -1e30], [np.nan]])
    labels = np.where(np.arange(len(scores)) % 2, 1, 0)
    plot = histogram_plot(labels, scores, threshold=0.5, calibration_scores=[0.2, 0.4])
    assert -1 < plot.x.low < 0 and 1 < plot.x.high < 2
    assert [kind for kind, _ in plot.paths] == ["normal", "novel", "calibration"]
    for _, path in plot.paths:
        tops = np.array([float(v) for v in re.findall(r"V([\d.]+)", path)][:-1])
        assert len(tops) == 40
        assert np.sum((100 - tops) / 100 * plot.y.high) == pytest.approx(100, abs=0.5)
    assert plot.marker == (pytest.approx(50, abs=3),)


@pytest.mark.parametrize("scores", [[2.0], [2.0, 2.0], [np.nan]])
def test_histogram_of_hardly_anything_has_a_range(scores):
    plot = histogram_plot([0] * len(scores), scores, threshold=2.0)
    assert plot.x.low < 2.0 < plot.x.high


def test_few_normals_and_far_novel_ones_do_not_squeeze_each_other():
    generator = np.random.default_rng(0)
    normal, novel = generator.normal(size=20), generator.uniform(5, 150, size=2000)
    scores, labels = np.concatenate([normal, novel]), np.repeat([0, 1], [20, 2000])
    plot = histogram_plot(labels, scores, threshold=2.0)
    assert plot.x.low < normal.min() and 10 < plot.x.high < 30


def test_curves_and_their_points_by_hand():
    labels, scores = np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 2.0, 4.0])
    novel = scores > 2.5  # one false alarm, one found
    roc = roc_plot(labels, scores, novel)
    # From the bottom left, in the places of an SVG.
    assert points(roc.paths[1][1]) == [(0, 100), (0, 50), (50, 50), (50, 0), (100, 0)]
    assert roc.marker == (50, 50)
    curve = precision_recall_plot(labels, scores, novel)
    assert curve.marker == (50, 50)
    assert points(curve.paths[1][1])[0] == (0, 0)
    assert precision_recall_plot(labels, scores, scores > 9).marker == (0, 100)


def test_long_curves_are_thinned_to_their_ends():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 50_000)
    scores = generator.normal(size=50_000) + labels
    for plot in (roc_plot, precision_recall_plot):
        path = points(plot(labels, scores, scores > 2).paths[1][1])
        assert 300 < len(path) <= 600 and path[-1][0] == 100


def test_training_curves_leave_out_what_is_not_there():
    plots = training_plots({"loss": [3.0, np.nan, 1.0], "active_latents": []})
    assert [plot.name for plot in plots] == ["training-loss"]
    assert len(points(plots[0].paths[0][1])) == 2
    (one,) = training_plots({"reconstruction_error": [0.5]})
    assert "over 1 epochs, last 0.5" in one.description


def test_gallery_has_all_of_few_and_the_telling_of_many():
    scores = np.arange(100.0)
    labels = np.zeros(100, int)
    labels[[5, 60, 99]] = 1
    names = np.array(["ok"] * 100)
    names[30] = "rare"
    novel = scores > 90.5
    every = choose_pictures(labels, scores, novel, names, 90.5, most=100)
    assert every == list(range(99, -1, -1))
    some = choose_pictures(labels, scores, novel, names, 90.5, most=14)
    assert some == sorted(some, reverse=True) and len(set(some)) == 14
    # Most novel, a false alarm, missed, nearest, least novel, the rare class.
    assert {99, 98, 5, 60, 90, 91, 0, 30} <= set(some)
