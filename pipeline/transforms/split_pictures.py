"""Pictures to labelled examples in their splits, no picture in two of them."""

import apache_beam as beam

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.one_class_split import (
    CALIBRATION,
    TEST,
    blocking_split,
)

_DROPPED = "dropped"
_STRENGTH = {TEST: 2, CALIBRATION: 1}


class SplitPictures(beam.PTransform):
    """Relabels `CheckedPicture`s and says where each belongs.

    A picture whose pixels are also held out elsewhere is dropped (see
    `blocking_split`).

    Args:
        rule: a `OneClassSplit`.

    Returns:
        (from `expand`) dict of PCollections: "examples", `(split, ImageExample)`;
        "dropped", `(path, split, blocking split)`; "duplicates", sorted lists of
        `(split, path)` of kept pictures with the same pixels, two and more.
    """

    def __init__(self, rule):
        super().__init__()
        self._rule = rule

    def expand(self, pictures):
        assigned = pictures | "Assign" >> beam.Map(_assign, self._rule)
        held_out = (
            assigned
            | "HeldOut" >> beam.FlatMap(_held_out)
            | "Strongest" >> beam.CombineGlobally(_StrongestSplits())
        )
        kept = assigned | "Separate" >> beam.ParDo(
            _Separate(), beam.pvalue.AsSingleton(held_out)
        ).with_outputs(_DROPPED, main="examples")
        duplicates = (
            kept.examples
            | "ByDigest" >> beam.Map(lambda e: (e[1].sha256, (e[0], e[1].path)))
            | beam.GroupByKey()
            | "Repeated" >> beam.FlatMap(_repeated)
        )
        return {
            "examples": kept.examples,
            "dropped": kept[_DROPPED],
            "duplicates": duplicates,
        }


def _assign(picture, rule):
    source = picture.source
    split = rule.assign(source.class_name, source.split, picture.sha256, source.group)
    example = ImageExample(
        image_bytes=source.image_bytes,
        label=rule.label(source.class_name),
        class_name=source.class_name,
        path=source.path,
        sha256=picture.sha256,
        group=source.group or "",
        mask_bytes=source.mask_bytes or b"",
    )
    return split, example


def _held_out(element):
    split, example = element
    if split in _STRENGTH:
        yield example.sha256, split


def _repeated(element):
    members = sorted(element[1])
    if len(members) > 1:
        yield members


class _Separate(beam.DoFn):
    def process(self, element, held_out):
        split, example = element
        held = held_out.get(example.sha256)
        blocking = blocking_split(split, {held})
        if blocking is None:
            yield element
        else:
            dropped = (example.path, split, blocking)
            yield beam.pvalue.TaggedOutput(_DROPPED, dropped)


class _StrongestSplits(beam.CombineFn):
    """`(sha256, split)` to a dict; the test split wins over the calibration split."""

    def create_accumulator(self):
        return {}

    def add_input(self, accumulator, element):
        sha256, split = element
        if _STRENGTH[split] > _STRENGTH.get(accumulator.get(sha256), 0):
            accumulator[sha256] = split
        return accumulator

    def merge_accumulators(self, accumulators):
        merged = {}
        for accumulator in accumulators:
            for element in accumulator.items():
                self.add_input(merged, element)
        return merged

    def extract_output(self, accumulator):
        return accumulator
