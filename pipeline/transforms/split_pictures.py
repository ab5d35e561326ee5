"""Checked pictures to their splits, no picture in two of them."""

import hashlib
import heapq

import apache_beam as beam

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.one_class_split import draw_split, settle_split
from pipeline.transforms.readable import readable

_CHANGES, _DROPPED, _DUPLICATES, _ROWS = "changes", "dropped", "duplicates", "rows"
_LISTED_COPIES = 20


class SplitPictures(beam.PTransform):
    """Says where each `CheckedPicture` belongs, whatever is normal.

    Pictures with the same pixels are brought together by their digests; without
    their bytes, so that little is sent around. What results is changes to where
    pictures were drawn: few, and none where no two pictures are equal.

    Args:
        normal_classes: tuple of str, classes whose label is 0.
        has_test_split: bool, whether the source has a test split of its own.
        shards: int, files of each split and class.

    Returns:
        (from `expand`) dict of PCollections: "pictures", `((class, shard), (path,
        split, has a mask, record))` as drawn; "changes", `((class, shard), (path,
        split))` where another split holds, empty for what is dropped; "dropped",
        `(path, split, why)`; "duplicates", `(paths, split)` of kept pictures with the
        same pixels, at most 20 of their paths; "duplicate_rows", `(sha256, split,
        class, path)` of all of them; "settled", `(split, class)` of each kept
        picture. Classes and paths in keys, and those of "changes" and "settled", are
        bytes: they need not be valid Unicode.
    """

    def __init__(self, normal_classes, has_test_split, shards):
        super().__init__()
        self._normal_classes = tuple(normal_classes)
        self._has_test_split = has_test_split
        self._shards = shards

    def expand(self, pictures):
        drawn = pictures | "Draw" >> beam.ParDo(
            _Draw(self._normal_classes, self._has_test_split, self._shards)
        ).with_outputs("places", main="pictures")
        settled = (
            drawn["places"]
            | "ByPixels" >> beam.GroupByKey()
            | "Settle"
            >> beam.ParDo(_Settle(self._has_test_split, self._shards)).with_outputs(
                _CHANGES, _DROPPED, _DUPLICATES, _ROWS, main="settled"
            )
        )
        return {
            "pictures": drawn["pictures"],
            "changes": settled[_CHANGES],
            "dropped": settled[_DROPPED],
            "duplicates": settled[_DUPLICATES],
            "duplicate_rows": settled[_ROWS],
            "settled": settled["settled"],
        }


class _Draw(beam.DoFn):
    def __init__(self, normal_classes, has_test_split, shards):
        self._normal_classes = normal_classes
        self._has_test_split = has_test_split
        self._shards = shards

    def process(self, picture):
        source = picture.source
        path, class_name = _bytes(source.path), _bytes(source.class_name)
        split = draw_split(
            source.split, self._has_test_split, picture.sha256, source.group
        )
        record = ImageExample(
            image_bytes=source.image_bytes,
            label=0 if source.class_name in self._normal_classes else 1,
            class_name=source.class_name,
            path=source.path,
            sha256=picture.sha256,
            group=source.group or "",
            mask_bytes=source.mask_bytes or b"",
            columns=source.columns,
        ).serialize()
        shard = class_name, _number(path) % self._shards
        yield shard, (path, split, bool(source.mask_bytes), record)
        place = bytes.fromhex(picture.sha256), (path, *shard, split)
        yield beam.pvalue.TaggedOutput("places", place)


class _Settle(beam.DoFn):
    # Of a group that is larger than memory, what is kept is its splits and classes.
    def __init__(self, has_test_split, shards):
        self._has_test_split = has_test_split
        self._shards = shards

    def process(self, element):
        sha256, members = element
        places = {(split, name) for _, name, _, split in members}
        if len(places) == 1 and _is_one(members):
            ((_, name, _, split),) = members
            yield split, name
            return
        kept = 0
        for path, name, shard, drawn in members:
            split, why = settle_split(drawn, places, self._has_test_split)
            if split != drawn:
                change = (name, shard), (path, split or "")
                yield beam.pvalue.TaggedOutput(_CHANGES, change)
            if split is None:
                dropped = _text(path), drawn, why
                yield beam.pvalue.TaggedOutput(_DROPPED, dropped)
            else:
                kept += 1
                yield split, name
        if kept > 1:
            yield from self._duplicates(sha256, members, places)

    def _duplicates(self, sha256, members, places):
        def kept():
            for path, name, _, drawn in members:
                split, _ = settle_split(drawn, places, self._has_test_split)
                if split is not None:
                    yield _text(path), _text(name), split

        first = heapq.nsmallest(_LISTED_COPIES, kept())
        paths = [path for path, _, _ in first]
        yield beam.pvalue.TaggedOutput(_DUPLICATES, (paths, first[0][2]))
        for path, name, split in kept():
            row = sha256.hex(), split, name, path
            yield beam.pvalue.TaggedOutput(_ROWS, row)


def _number(path):
    return int.from_bytes(hashlib.sha256(path).digest()[:8], "big")


def _is_one(members):
    members = iter(members)
    next(members)
    return next(members, None) is None


def _bytes(text):
    return text.encode("utf-8", "surrogateescape")


def _text(name):
    return readable(name.decode("utf-8", "surrogateescape"))
