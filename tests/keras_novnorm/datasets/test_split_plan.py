"""Shares are exact at any size, and more pictures move few of those there."""

import collections
import hashlib

import numpy as np
import pytest

from keras_novnorm.datasets.one_class_split import OneClassSplit
from keras_novnorm.datasets.shares import Shares
from keras_novnorm.datasets.split_plan import Place, plan_splits

GOOD = OneClassSplit(("good",), has_test_split=False)


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def pictures(count, seed="", **fields):
    return [Place(digest(f"{seed}{n}"), "good", **fields) for n in range(count)]


def counts(places, rule=GOOD, known=None):
    found = collections.Counter(s for s, _, _ in plan_splits(places, rule, known))
    return found["train"], found["calibration"], found["test"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, (1, 0, 0)),
        (2, (1, 1, 0)),
        (3, (1, 1, 1)),
        (5, (3, 1, 1)),
        (12, (8, 2, 2)),
        (20, (13, 3, 4)),
        (30, (20, 4, 6)),
        (6000, (4000, 800, 1200)),
    ],
)
def test_shares_are_exact_whatever_the_pictures(count, expected):
    for seed in range(3 if count > 1000 else 20):
        assert counts(pictures(count, seed)) == expected


@pytest.mark.parametrize("count", range(20, 200, 7))
def test_any_shares_are_exact_up_to_one_picture_and_none_is_empty(count):
    for shares in ((4, 1, 1), (1, 1, 1), (90, 5, 5), (1, 8, 1)):
        rule = OneClassSplit(("good",), False, shares=Shares.of(shares))
        found = np.array(counts(pictures(count), rule))
        wanted = count * np.array(shares) / sum(shares)
        assert np.all(np.abs(found - wanted) <= 1.0 + 1e-9)
        assert found.min() >= 1


def test_a_share_of_nothing_stays_empty():
    rule = OneClassSplit(("good",), False, shares=Shares.of((4, 1, 0)))
    assert counts(pictures(10), rule) == (8, 2, 0)
    rule = OneClassSplit(("good",), False, shares=Shares.of((4, 0, 1)))
    assert counts(pictures(10), rule) == (8, 0, 2)


def test_neither_names_nor_order_decide():
    places = pictures(50)
    order = np.random.default_rng(0).permutation(50)
    found = [split for split, _, _ in plan_splits(places, GOOD)]
    again = plan_splits([places[n] for n in order], GOOD)
    assert [split for split, _, _ in again] == [found[n] for n in order]


def test_each_class_is_cut_by_itself():
    rule = OneClassSplit(("a", "b"), False)
    places = [Place(digest(n), "ab"[n % 3 == 0]) for n in range(90)]
    before = [split for split, _, _ in plan_splits(places, rule)]
    more = [*places, *(Place(digest(n), "a") for n in range(90, 120))]
    after = [split for split, _, _ in plan_splits(more, rule)]
    for name, size in (("a", 60), ("b", 30)):
        found = [
            s for s, one in zip(before, places, strict=True) if one.class_name == name
        ]
        assert found.count("test") == size / 5
    assert [after[n] for n in range(90) if n % 3 == 0] == [
        before[n] for n in range(90) if n % 3 == 0
    ]


def test_pictures_that_are_added_move_few():
    moved = []
    for seed in range(20):
        before = [s for s, _, _ in plan_splits(pictures(500, seed), GOOD)]
        after = [s for s, _, _ in plan_splits(pictures(600, seed), GOOD)][:500]
        moved.append(sum(a != b for a, b in zip(before, after, strict=True)))
        one_more = [s for s, _, _ in plan_splits(pictures(501, seed), GOOD)][:500]
        assert sum(a != b for a, b in zip(before, one_more, strict=True)) <= 3
    assert np.mean(moved) < 0.03 * 500


def test_what_is_known_stays_and_the_shares_are_filled_up():
    places = pictures(60)
    known = {
        one.sha256: split
        for one, (split, _, _) in zip(places, plan_splits(places, GOOD), strict=True)
    }
    more = pictures(90)
    found = plan_splits(more, GOOD, known)
    assert [split for split, _, _ in found][:60] == list(known.values())
    assert counts(more, GOOD, known) == (60, 12, 18)


def grouped(sizes):
    return [
        Place(digest(f"{group} {n}"), "good", group=f"part {group}")
        for group, size in enumerate(sizes)
        for n in range(size)
    ]


@pytest.mark.parametrize(
    "sizes", [[10] * 10, [3] * 40, [1, 2, 3, 4, 5] * 8, [500, *[10] * 9], [7, 7, 7]]
)
def test_groups_stay_together_and_shares_are_exact_up_to_one_of_them(sizes):
    places = grouped(sizes)
    found = collections.defaultdict(set)
    for one, (split, _, _) in zip(places, plan_splits(places, GOOD), strict=True):
        found[one.group].add(split)
    assert {len(splits) for splits in found.values()} == {1}
    train, calibration, test = counts(places)
    usual = max(size for size in sizes if size < 100)
    for got, share in ((test, 1 / 5), (calibration, 2 / 15)):
        assert got and (got <= sum(sizes) * share + usual)
    assert train >= max(sizes)


def test_a_copy_goes_with_its_picture_and_across_groups_one_is_left_out():
    twins = [Place(digest(1), "good")] * 3
    found = plan_splits([*twins, *pictures(30, "x")], GOOD)
    assert len({split for split, _, _ in found[:3]}) == 1
    places = [Place(digest(0), "good", group=f"part {n}") for n in range(40)]
    found = plan_splits(places, GOOD)
    assert {split for split, _, _ in found} == {"test", None}
    assert {why for split, _, why in found if split is None} == {"test"}


def test_pictures_with_two_labels_are_tested_on_and_count_for_the_share():
    rule = OneClassSplit(("good",), False)
    places = pictures(30)
    bad = [Place(one.sha256, "bad") for one in places[:3]]
    found = plan_splits([*places, *bad], rule)
    assert {split for split, _, _ in [*found[:3], *found[30:]]} == {"test"}
    assert sum(split == "test" for split, _, _ in found[:30]) == 6


def test_copies_of_the_sources_own_test_split_are_left_out_before_the_cut():
    rule = OneClassSplit(("good",), True)
    train = pictures(36, split="train")
    test = [Place(one.sha256, "good", "test") for one in train[:6]]
    found = plan_splits([*train, *test], rule)
    assert found[0] == (None, "train", "test")
    splits = [split for split, _, _ in found]
    assert (splits.count("calibration"), splits.count("train")) == (5, 25)


def test_normals_that_the_source_holds_out_calibrate_in_the_place_of_a_share():
    rule = OneClassSplit(("good",), False, frozenset(["good"]))
    held_out = pictures(7, "v", split="calibration")
    assert counts([*pictures(40), *held_out], rule) == (32, 7, 8)
    copy = Place(held_out[0].sha256, "good", "train")
    assert plan_splits([copy, *held_out], rule)[0] == (None, "train", "calibration")
