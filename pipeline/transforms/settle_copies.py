"""Copies of pictures, once each is placed: kept in one split, or dropped."""

import heapq

import apache_beam as beam

from keras_novnorm.datasets.one_class_split import settle_split
from pipeline.transforms.readable import readable_bytes

_CHANGES, _DROPPED, _DUPLICATES, _ROWS = "changes", "dropped", "duplicates", "rows"
_LISTED_COPIES = 20


class SettleCopies(beam.PTransform):
    """Sees to it that no pixels lie in two splits.

    Args:
        has_test_split: bool, whether the source has a test split of its own.

    Returns:
        (from `expand`, of a PCollection of `Place`s with their splits) dict of
        PCollections as `SplitPictures` gives them, but for the pictures.
    """

    def __init__(self, has_test_split):
        super().__init__()
        self._has_test_split = has_test_split

    def expand(self, places):
        apart = places | "Apart" >> beam.ParDo(_Apart()).with_outputs(
            _CHANGES, "copies", main="settled"
        )
        settled = (
            apart["copies"]
            | "ByPixels" >> beam.GroupByKey()
            | beam.ParDo(_Settle(self._has_test_split)).with_outputs(
                _CHANGES, _DROPPED, _DUPLICATES, _ROWS, main="settled"
            )
        )
        return {
            "changes": (apart[_CHANGES], settled[_CHANGES])
            | "Changes" >> beam.Flatten(),
            "dropped": settled[_DROPPED],
            "duplicates": settled[_DUPLICATES],
            "duplicate_rows": settled[_ROWS],
            "settled": (apart["settled"], settled["settled"])
            | "Settled" >> beam.Flatten(),
        }


class _Apart(beam.DoFn):
    def process(self, place):
        if place.has_copies:
            yield beam.pvalue.TaggedOutput("copies", (place.sha256, place))
            return
        if place.split != place.drawn:
            yield beam.pvalue.TaggedOutput(_CHANGES, place.change(place.split))
        yield place.split, place.class_name


class _Settle(beam.DoFn):
    # Of a group that is larger than memory, what is kept is its splits and classes.
    def __init__(self, has_test_split):
        self._has_test_split = has_test_split

    def process(self, element):
        sha256, members = element
        found = {(one.split, one.class_name) for one in members}
        kept = 0
        for one in members:
            split, why = settle_split(one.split, found, self._has_test_split)
            if split != one.drawn:
                yield beam.pvalue.TaggedOutput(_CHANGES, one.change(split or ""))
            if split is None:
                dropped = readable_bytes(one.path), one.split, why
                yield beam.pvalue.TaggedOutput(_DROPPED, dropped)
            else:
                kept += 1
                yield split, one.class_name
        if kept > 1:
            yield from self._duplicates(sha256, members, found)

    def _duplicates(self, sha256, members, found):
        def kept():
            for one in members:
                split, _ = settle_split(one.split, found, self._has_test_split)
                if split is not None:
                    yield (
                        readable_bytes(one.path),
                        readable_bytes(one.class_name),
                        split,
                    )

        first = heapq.nsmallest(_LISTED_COPIES, kept())
        paths = [path for path, _, _ in first]
        yield beam.pvalue.TaggedOutput(_DUPLICATES, (paths, first[0][2]))
        for path, name, split in kept():
            row = sha256.hex(), split, name, path
            yield beam.pvalue.TaggedOutput(_ROWS, row)
