"""Checked pictures to their splits, no picture in two of them."""

import dataclasses
import hashlib

import apache_beam as beam

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.one_class_split import (
    CALIBRATION,
    TEST,
    TRAIN,
    settle_split,
)
from keras_novnorm.datasets.split_cut import unit_key
from keras_novnorm.datasets.split_plan import most_held_out, unit_of
from pipeline.transforms.cut_units import CutUnits, order_of_unit
from pipeline.transforms.readable import readable_bytes
from pipeline.transforms.settle_copies import SettleCopies

_DROPPED, _CHANGES, _SETTLED, _UNITS = "dropped", "changes", "settled", "units"


class SplitPictures(beam.PTransform):
    """Says where each `CheckedPicture` belongs, by the rules of `plan_splits`.

    Digests, names and groups are brought together, without the bytes of pictures, so
    that little is sent around. Each picture is drawn at first by what lies at hand;
    what results is changes to that: few, as the cut lies near where it was expected.

    Args:
        rule: `OneClassSplit`.
        shards: int, files of each split and class.

    Returns:
        (from `expand`, of a pair of PCollections: `CheckedPicture`s; and `(digest,
        split)`, digests as bytes, of pictures that stay where they were) dict of
        PCollections: "pictures", `((class, shard), (path, split, has a mask, record))`
        as drawn; "changes", `((class, shard), (path, split))` where another split
        holds, empty for what is dropped; "dropped", `(path, split, why)`;
        "duplicates", `(paths, split)` of kept pictures with the same pixels, at most
        20 of their paths; "duplicate_rows", `(sha256, split, class, path)` of all of
        them; "settled", `(split, class)` of each kept picture. Classes and paths in
        keys, and those of "changes" and "settled", are bytes: they need not be valid
        Unicode.
    """

    def __init__(self, rule, shards):
        super().__init__()
        self._rule = rule
        self._shards = shards

    def expand(self, parts):
        pictures, known = parts
        drawn = pictures | "Draw" >> beam.ParDo(
            _Draw(self._rule, self._shards)
        ).with_outputs("places", main="pictures")
        met = (
            (drawn["places"], known)
            | "Together" >> beam.Flatten()
            | "ByPixels" >> beam.GroupByKey()
            | "Meet"
            >> beam.ParDo(_Meet(self._rule.has_test_split)).with_outputs(
                _UNITS, _CHANGES, _DROPPED, main=_SETTLED
            )
        )
        together = met[_UNITS] | "ByUnit" >> beam.GroupByKey()
        units = together | "Unit" >> beam.Map(_unit)
        tested = units | "CutTest" >> CutUnits(self._rule, TEST)
        rest = units | "Rest" >> beam.FlatMap(_left, beam.pvalue.AsDict(tested))
        calibrating = rest | "CutCalibration" >> CutUnits(self._rule, CALIBRATION)
        placed = together | "Place" >> beam.FlatMap(
            _place, beam.pvalue.AsDict(tested), beam.pvalue.AsDict(calibrating)
        )
        settled = (
            (met[_SETTLED], placed)
            | "Both" >> beam.Flatten()
            | "Settle" >> SettleCopies(self._rule.has_test_split)
        )
        return {
            **settled,
            "pictures": drawn["pictures"],
            _CHANGES: (met[_CHANGES], settled[_CHANGES])
            | "AllChanges" >> beam.Flatten(),
            _DROPPED: (met[_DROPPED], settled[_DROPPED])
            | "AllDropped" >> beam.Flatten(),
        }


@dataclasses.dataclass(frozen=True)
class Place:
    """A picture without its bytes.

    Attributes:
        path: bytes.
        class_name: bytes.
        shard: int.
        drawn: str, the split that it is written to unless it is changed.
        own: str or None, the split where it belongs by the source.
        unit: bytes, what it stays together with.
        split: str or None, where it goes.
        sha256: bytes.
        has_copies: bool, whether others have the same pixels.
    """

    path: bytes
    class_name: bytes
    shard: int
    drawn: str
    own: str | None
    unit: bytes
    split: str | None = None
    sha256: bytes = b""
    has_copies: bool = False

    def change(self, split):
        """Returns an element of "changes"."""
        return (self.class_name, self.shard), (self.path, split)


class _Draw(beam.DoFn):
    def __init__(self, rule, shards):
        self._rule = rule
        self._shards = shards

    def process(self, picture):
        source = picture.source
        path, class_name = _bytes(source.path), _bytes(source.class_name)
        unit = _bytes(unit_key(picture.sha256, source.group))
        own = self._rule.own_split(source.class_name, source.split)
        drawn = own or self._draw(source.class_name, unit)
        record = ImageExample(
            image_bytes=source.image_bytes,
            label=self._rule.label(source.class_name),
            class_name=source.class_name,
            path=source.path,
            sha256=picture.sha256,
            group=source.group or "",
            mask_bytes=source.mask_bytes or b"",
            columns=source.columns,
        ).serialize()
        shard = _number(path) % self._shards
        yield (class_name, shard), (path, drawn, bool(source.mask_bytes), record)
        place = Place(path, class_name, shard, drawn, own, unit)
        key = bytes.fromhex(picture.sha256)
        yield beam.pvalue.TaggedOutput("places", (key, place))

    def _draw(self, class_name, unit):
        # Where the cuts would lie if there were very many pictures.
        for split, share, _ in self._rule.cuts(class_name):
            order = order_of_unit(split, unit)
            if int.from_bytes(order[:8], "big") < share * 2**64:
                return split
        return TRAIN


class _Meet(beam.DoFn):
    # Of a group that is larger than memory, what is kept is its splits and classes.
    def __init__(self, has_test_split):
        self._has_test_split = has_test_split

    def process(self, element):
        sha256, values = element
        found, known, count = set(), set(), 0
        for value in values:
            if isinstance(value, str):
                known.add(value)
            else:
                found.add((value.own or TRAIN, value.class_name))
                count += 1
        for one in values:
            if isinstance(one, str):
                continue
            split, why = settle_split(one.own or TRAIN, found, self._has_test_split)
            if split is None:
                yield beam.pvalue.TaggedOutput(_CHANGES, one.change(""))
                dropped = readable_bytes(one.path), one.own or TRAIN, why
                yield beam.pvalue.TaggedOutput(_DROPPED, dropped)
                continue
            if not one.own and split == TRAIN:
                split = most_held_out(known)
            one = dataclasses.replace(
                one, split=split, sha256=sha256, has_copies=count > 1
            )
            if one.own:
                yield one
            else:
                yield beam.pvalue.TaggedOutput(_UNITS, (one.unit, one))


def _unit(element):
    key, places = element
    return unit_of(key, ((None, one.class_name, one.split) for one in places))


def _left(unit, tested):
    cut = tested.get(unit.class_name)
    if unit.fixed == TEST:
        return
    if cut and not unit.fixed and cut.takes(order_of_unit(TEST, unit.key), unit.weight):
        return
    yield unit


def _place(element, *cuts):
    key, places = element
    unit = _unit(element)
    split = unit.fixed
    for name, known in zip((TEST, CALIBRATION), cuts, strict=True):
        cut = known.get(unit.class_name)
        if not split and cut and cut.takes(order_of_unit(name, key), unit.weight):
            split = name
    for one in places:
        yield dataclasses.replace(one, split=split or TRAIN)


def _number(path):
    return int.from_bytes(hashlib.sha256(path).digest()[:8], "big")


def _bytes(text):
    return text.encode("utf-8", "surrogateescape")
