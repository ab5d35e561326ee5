"""Distances of distributions against numbers worked out by hand."""

import math

import numpy as np
import pytest

from pipeline.statistics.distances import (
    chance_of_difference,
    chance_of_divergence,
    infinity_distance,
    jensen_shannon_divergence,
)


def test_divergence_of_equal_disjoint_and_known_histograms():
    assert jensen_shannon_divergence([1, 3], [10, 30]) == 0
    assert jensen_shannon_divergence([5, 0], [0, 2]) == 1
    # m = (3/4, 1/4): log2(4/3) / 2 + (log2(2/3) + log2(2)) / 4.
    expected = math.log2(4 / 3) / 2 + (math.log2(2 / 3) + 1) / 4
    assert jensen_shannon_divergence([1, 0], [1, 1]) == pytest.approx(expected)


def test_infinity_distance_names_what_differs_most():
    first, second = {"a": 1, "b": 3}, {"b": 1, "c": 1}
    assert infinity_distance(first, second) == (0.5, "c")


def test_chance_alone_stays_within_its_allowance():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(32))
    above = 0
    for _ in range(300):
        first, second = rng.multinomial(200, shares), rng.multinomial(500, shares)
        value = jensen_shannon_divergence(first, second)
        above += value > chance_of_divergence(first, second, 200, 500)
    assert above <= 9
    draws = rng.binomial(100, 0.5, (1000, 2)) / 100
    beyond = np.abs(draws[:, 0] - draws[:, 1]) > chance_of_difference(100, 100)
    assert beyond.mean() < 0.01
