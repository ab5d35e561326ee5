"""Which picture goes into which split, for pictures that are at hand together."""

import collections
import dataclasses

from keras_novnorm.datasets.one_class_split import (
    CALIBRATION,
    TEST,
    TRAIN,
    settle_split,
)
from keras_novnorm.datasets.split_cut import (
    Totals,
    Unit,
    Wanted,
    cut_off,
    order_of,
    unit_key,
)


@dataclasses.dataclass(frozen=True)
class Place:
    """What decides on where a picture goes.

    Attributes:
        sha256: str, digest of its pixels.
        class_name: str.
        split: "train", "calibration", "test" or None, as the source says it.
        group: str or None.
    """

    sha256: str
    class_name: str
    split: str | None = None
    group: str | None = None


def plan_splits(places, rule, known=None):
    """Says where pictures go.

    Copies are settled first, so that shares are of what is used; then each class is
    cut (see `split_cut`); then copies that different groups have of one picture.

    Args:
        places: list of `Place`.
        rule: `OneClassSplit`.
        known: dict from digests to splits, of pictures that were split before and stay
            where they are; or None.

    Returns:
        List of `(split, drawn, why)`: the split, None where the picture is left out;
        where it was to go; and why it is left out (see `settle_split`), or None.
    """
    known = known or {}
    own = [rule.own_split(one.class_name, one.split) for one in places]
    drawn = [split or TRAIN for split in own]
    first = _settle(places, drawn, rule)
    members = collections.defaultdict(list)
    for number, (one, (split, _)) in enumerate(zip(places, first, strict=True)):
        if split and not own[number]:
            settled = split if split != TRAIN else known.get(one.sha256)
            key = unit_key(one.sha256, one.group)
            members[key].append((number, one.class_name, settled))
    for key, split in _cut([unit_of(k, m) for k, m in members.items()], rule).items():
        for number, *_ in members[key]:
            drawn[number] = split
    kept = [split and to for (split, _), to in zip(first, drawn, strict=True)]
    second = _settle(places, kept, rule)
    return [
        (again, to, why or later)
        for to, (_, why), (again, later) in zip(drawn, first, second, strict=True)
    ]


def unit_of(key, members):
    """Sums up pictures that stay together.

    Args:
        key: str, see `unit_key`.
        members: iterable of `(anything, class name, split that is settled or None)`.

    Returns:
        `Unit`, of the class that most of them have, in the most held out of their
        splits.
    """
    classes, splits = collections.Counter(), set()
    for _, class_name, split in members:
        classes[class_name] += 1
        splits.add(split)
    home = min(classes, key=lambda name: (-classes[name], name))
    return Unit(key, home, classes.total(), most_held_out(splits))


def most_held_out(splits):
    """Returns str, the split that holds of several, or None where there is none."""
    return next((s for s in (TEST, CALIBRATION, TRAIN) if s in splits), None)


def _settle(places, splits, rule):
    copies = collections.defaultdict(set)
    for one, split in zip(places, splits, strict=True):
        if split:
            copies[one.sha256].add((split, one.class_name))
    return [
        settle_split(split, copies[one.sha256], rule.has_test_split)
        if split
        else (None, None)
        for one, split in zip(places, splits, strict=True)
    ]


def _cut(units, rule):
    found = {unit.key: unit.fixed for unit in units}
    classes = collections.defaultdict(list)
    for unit in units:
        classes[unit.class_name].append(unit)
    for class_name, rest in classes.items():
        for split, share, others in rule.cuts(class_name):
            totals = sum(map(Totals.of, rest), Totals())
            wanted = Wanted.of(totals, split, share, others)
            orders = {u.key: order_of(split, u.key) for u in rest if not u.fixed}
            weights = {u.key: u.weight for u in rest}
            cut = cut_off([(orders[k], weights[k]) for k in orders], wanted)
            for key, order in orders.items():
                if cut.takes(order, weights[key]):
                    found[key] = split
            rest = [u for u in rest if found[u.key] != split]
    return {key: split or TRAIN for key, split in found.items()}
