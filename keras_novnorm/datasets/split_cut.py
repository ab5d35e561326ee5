"""Cutting a share of the pictures of a class off: exactly, and always alike.

What stays together (a group, or a picture with its copies) is a unit. Units stand in
the order of a hash of their content or name, and the first of them are cut off: as many
as come nearest to the share. So the share is exact up to half a unit, no seed and no
order of files decides, and a picture more moves the cut by a place at most.
"""

import collections
import dataclasses
import hashlib

LAST = b"\xff" * 33
"""Behind every order."""


def order_of(split, key):
    """The place of a unit among those that one split is cut from.

    Args:
        split: str, the split.
        key: str, what the unit is known by (see `unit_key`).

    Returns:
        bytes, 32 of them, evenly spread.
    """
    return hashlib.sha256(f"{split}:{key}".encode("utf-8", "surrogateescape")).digest()


def unit_key(sha256, group=None):
    """What a picture's unit is known by.

    Args:
        sha256: str, the digest of its pixels.
        group: str or None.

    Returns:
        str: all pictures of a group, and all copies of a picture, have one.
    """
    return f"group:{group}" if group else sha256


@dataclasses.dataclass(frozen=True)
class Unit:
    """Pictures of one class that stay together.

    Attributes:
        key: str, see `unit_key`.
        class_name: of the class, as whoever cuts knows it.
        weight: int, pictures.
        fixed: str or None, the split it is in, if that is settled.
    """

    key: str
    class_name: object
    weight: int
    fixed: str | None = None


@dataclasses.dataclass(frozen=True)
class Totals:
    """What a class consists of, to be summed over its units.

    Attributes:
        pictures: int, that a share is taken of.
        units: int, that may still be cut off.
        fixed: tuple of `(split, pictures)` that are settled, sorted.
    """

    pictures: int = 0
    units: int = 0
    fixed: tuple = ()

    @classmethod
    def of(cls, unit):
        """Returns `Totals` of a `Unit`."""
        if unit.fixed:
            return cls(unit.weight, 0, ((unit.fixed, unit.weight),))
        return cls(unit.weight, 1)

    def __add__(self, other):
        fixed = collections.Counter(dict(self.fixed)) + collections.Counter(
            dict(other.fixed)
        )
        return Totals(
            self.pictures + other.pictures,
            self.units + other.units,
            tuple(sorted(fixed.items())),
        )


@dataclasses.dataclass(frozen=True)
class Wanted:
    """How much is to be cut off.

    Attributes:
        pictures: float, beside those that are fixed.
        most: int, units that may be taken; the others are needed elsewhere.
        least: int, 1 where the split must not stay empty, else 0.
    """

    pictures: float
    most: int
    least: int

    @classmethod
    def of(cls, totals, split, share, others):
        """Works out how much.

        Args:
            totals: `Totals` of a class.
            split: str, the split.
            share: float, of its pictures.
            others: tuple of str, splits that must not stay empty either.

        Returns:
            `Wanted`.
        """
        fixed = dict(totals.fixed)
        reserved = sum(other not in fixed for other in others)
        most = max(totals.units - reserved, 0) if share else 0
        least = int(split not in fixed and most > 0)
        return cls(totals.pictures * share - fixed.get(split, 0), most, least)

    def may_take(self, weight):
        """Whether a unit alone would come nearer to what is wanted than nothing.

        Args:
            weight: int, pictures in the unit.

        Returns:
            bool. A unit that is too large is left where it is, so that smaller ones
            can fill the split.
        """
        return weight < 2 * self.pictures


@dataclasses.dataclass(frozen=True)
class Cut:
    """Which units of a class are cut off.

    Attributes:
        wanted: `Wanted`.
        before: bytes, the order before which units are taken.
        instead: bytes or None, the order of the one unit that is taken where none is
            small enough.
    """

    wanted: Wanted
    before: bytes = b""
    instead: bytes | None = None

    def takes(self, order, weight):
        """Returns bool, whether a unit is cut off."""
        if self.instead is not None:
            return order == self.instead
        return order < self.before and self.wanted.may_take(weight)


def find_end(units, wanted, weight=0, count=0):
    """Finds where to cut, among units in their order.

    Args:
        units: iterable of `(order, weight)`, sorted, all of which `may_take`.
        wanted: `Wanted`.
        weight: int, pictures in the units before these.
        count: int, how many these are.

    Returns:
        Tuple of the first order that is not taken, or None: all are; and int, how
        many units are taken, those before included.
    """
    for order, more in units:
        past = weight + more - wanted.pictures
        if count == wanted.most or past > wanted.pictures - weight - 1e-9:
            return order, count
        weight, count = weight + more, count + 1
    return None, count


def cut_off(units, wanted):
    """Cuts a class that is at hand as a whole.

    Args:
        units: list of `(order, weight)`.
        wanted: `Wanted`.

    Returns:
        `Cut`.
    """
    small = sorted(unit for unit in units if wanted.may_take(unit[1]))
    end, count = find_end(small, wanted)
    if count >= wanted.least:
        return Cut(wanted, LAST if end is None else end)
    return Cut(wanted, instead=min((weight, order) for order, weight in units)[1])
