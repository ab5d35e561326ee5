"""Combiners give the same whatever the engine groups and merges."""

import itertools
import pickle

import numpy as np
import pytest

from pipeline.transforms import count_scores
from pipeline.transforms.count_scores import CountScores
from pipeline.transforms.list_values import ListValues
from pipeline.transforms.score_pictures import Judged


def combined(combiner, groups):
    """Adds up each group, sends it to another worker, and merges in two steps."""
    accumulators = []
    for group in groups:
        accumulator = combiner.create_accumulator()
        for element in group:
            accumulator = combiner.add_input(accumulator, element)
        accumulator = combiner.compact(accumulator)
        accumulators.append(pickle.loads(pickle.dumps(accumulator)))
    half = combiner.merge_accumulators(accumulators[: len(groups) // 2])
    rest = combiner.merge_accumulators(accumulators[len(groups) // 2 :])
    return combiner.extract_output(combiner.merge_accumulators([half, rest]))


@pytest.mark.parametrize("waiting", [3, 50_000])
def test_scores_are_counted_the_same_in_any_groups(waiting, monkeypatch):
    monkeypatch.setattr(count_scores, "_WAITING", waiting)
    scores = np.random.default_rng(0).normal(size=100).round(1)
    given = [Judged(0, score, 0.5, score > 0.5, "good", {}) for score in scores]
    found = [
        combined(CountScores(dropped_bits), groups)
        for dropped_bits in (0, 12)
        for groups in ([given], [given[50:], [], given[:7], given[7:50]])
    ]
    for one, other in (found[:2], found[2:]):
        np.testing.assert_array_equal(one.keys, other.keys)
        np.testing.assert_array_equal(one.counts, other.counts)
        assert one.num_flagged == other.num_flagged == np.sum(scores > 0.5)
        assert one.size == 100
    assert found[2].dropped_bits == 12 and found[2].keys.size < found[0].keys.size + 1


def test_few_values_are_listed_and_many_are_not():
    groups = ["abc", "ca", "", "b"]
    for order in itertools.permutations(groups):
        assert combined(ListValues(3), order) == ["a", "b", "c"]
        assert combined(ListValues(2), order) is None
    assert combined(ListValues(2), [range(10**5), [1]]) is None
    assert len(ListValues(2).merge_accumulators([set(range(3)), {7, 8, 9}])) == 3
