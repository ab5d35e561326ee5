"""Shares of each class cut off, on any number of machines, exact all the same.

Of a class only sums are sent around: how many pictures there are, and how many in each
of 4,096 stretches of the order that units are cut in. So it is known in which stretch
the cut lies, and its units alone are sorted in one place.
"""

import dataclasses

import apache_beam as beam

from keras_novnorm.datasets.split_cut import (
    LAST,
    Cut,
    Totals,
    Wanted,
    find_end,
    order_of,
)

_BITS = 12


class CutUnits(beam.PTransform):
    """Says which units of each class are cut off for one split.

    Args:
        rule: `OneClassSplit`.
        split: "calibration" or "test".

    Returns:
        (from `expand`, of a PCollection of `Unit`s) PCollection of `(class, Cut)`, one
        for each class that has units which may be cut off. Classes and the keys of
        units are bytes: they need not be valid Unicode.
    """

    def __init__(self, rule, split):
        super().__init__()
        self._rule = rule
        self._split = split

    def expand(self, units):
        wanted = (
            units
            | "Totals" >> beam.Map(lambda u: (u.class_name, Totals.of(u)))
            | "Sum" >> beam.CombinePerKey(_sum_totals)
            | "Wanted" >> beam.Map(_wanted, self._rule, self._split)
        )
        open_units = (
            units
            | "Open" >> beam.Filter(lambda unit: not unit.fixed)
            | "Order" >> beam.Map(_ordered, self._split)
        )
        small = open_units | "Small" >> beam.Filter(
            lambda one, known: known[one[0]].may_take(one[2]),
            beam.pvalue.AsDict(wanted),
        )
        stretches = (
            small
            | "Count" >> beam.Map(lambda e: ((e[0], _stretch(e[1])), (e[2], 1)))
            | "Add" >> beam.CombinePerKey(_sum_pairs)
            | "ByClass" >> beam.Map(lambda e: (e[0][0], (e[0][1], *e[1])))
        )
        bounds = (
            {"wanted": wanted, "stretches": stretches}
            | "Meet" >> beam.CoGroupByKey()
            | "Bound" >> beam.Map(_bound)
        )
        near = (
            small
            | "Near"
            >> beam.Filter(
                lambda one, known: known[one[0]].stretch == _stretch(one[1]),
                beam.pvalue.AsDict(bounds),
            )
            | "NearByClass" >> beam.Map(lambda one: (one[0], one[1:]))
        )
        smallest = (
            open_units
            | "Weigh" >> beam.Map(lambda one: (one[0], (one[2], one[1])))
            | "Smallest" >> beam.CombinePerKey(min)
        )
        return (
            {"bound": bounds, "near": near, "smallest": smallest}
            | "Join" >> beam.CoGroupByKey()
            | "Cut" >> beam.FlatMap(_cut)
        )


def order_of_unit(split, key):
    """As `order_of`, of a key that is bytes."""
    return order_of(split, key.decode("utf-8", "surrogateescape"))


@dataclasses.dataclass(frozen=True)
class _Bound:
    # The stretch that the cut lies in, and what lies before it.
    wanted: Wanted
    stretch: int | None
    weight: int = 0
    count: int = 0


def _sum_totals(totals):
    return sum(totals, Totals())


def _sum_pairs(pairs):
    weight = count = 0
    for more_weight, more in pairs:
        weight, count = weight + more_weight, count + more
    return weight, count


def _wanted(element, rule, split):
    name, totals = element
    cuts = rule.cuts(name.decode("utf-8", "surrogateescape"))
    share, others = next((s, o) for which, s, o in cuts if which == split)
    return name, Wanted.of(totals, split, share, others)


def _ordered(unit, split):
    return unit.class_name, order_of_unit(split, unit.key), unit.weight


def _stretch(order):
    return int.from_bytes(order[:2], "big") >> (16 - _BITS)


def _bound(element):
    name, found = element
    (wanted,) = found["wanted"]
    weight = count = 0
    for stretch, more_weight, more in sorted(found["stretches"]):
        if weight + more_weight >= wanted.pictures or count + more >= wanted.most:
            return name, _Bound(wanted, stretch, weight, count)
        weight, count = weight + more_weight, count + more
    return name, _Bound(wanted, None, weight, count)


def _cut(element):
    name, found = element
    (bound,) = found["bound"]
    smallest = list(found["smallest"])
    if not smallest:
        return
    end, count = None, bound.count
    if bound.stretch is not None:
        near = sorted(found["near"])
        end, count = find_end(near, bound.wanted, bound.weight, bound.count)
        if end is None:  # The whole stretch is taken, and nothing behind it.
            end = ((bound.stretch + 1) << (16 - _BITS)).to_bytes(3, "big")[1:]
            end = end if bound.stretch + 1 < 2**_BITS else LAST
    if count >= bound.wanted.least:
        yield name, Cut(bound.wanted, LAST if end is None else end)
    else:
        yield name, Cut(bound.wanted, instead=smallest[0][1])
