"""Prepared pictures to numbers that describe them, in one pass."""

import apache_beam as beam

from pipeline.statistics.picture_statistics import PictureStatistics
from pipeline.statistics.png_header import read_png_header
from pipeline.storage.local_copy import local_copy

_BATCH = 64
_SMALL = 2**16  # Pixels of pictures that are decoded many at a time.


class DescribeExamples(beam.PTransform):
    """Measures all pictures of shards.

    A worker reads a shard and sends on what it counted, not the pictures.

    Args:
        directory: `StoragePath` of the prepared pictures.
        bins: int, of each histogram.

    Returns:
        (from `expand`, of `Shard`s) PCollection of `((split, class), statistics)` with
        a `PictureStatistics` for each split and class. Of a class, the name is bytes:
        it need not be valid Unicode.
    """

    def __init__(self, directory, bins):
        super().__init__()
        self._directory = directory
        self._bins = bins

    def expand(self, shards):
        return (
            shards
            | "Spread" >> beam.Reshuffle()
            | "Describe" >> beam.ParDo(_Describe(self._directory, self._bins))
            | "Merge" >> beam.CombinePerKey(_Merge(self._bins))
        )


class _Describe(beam.DoFn):
    def __init__(self, directory, bins):
        self._directory = directory
        self._bins = bins

    def setup(self):
        import tensorflow as tf

        from keras_novnorm.datasets import picture_digest, record_file, transcode

        self._parse = tf.train.Example.FromString
        self._records = record_file.iterate_records
        self._inspect = transcode.inspect_picture
        self._decode_many = picture_digest.decode_many
        self._decode = picture_digest.decode_pixels

    def process(self, shard):
        statistics = PictureStatistics(self._bins)
        small = []
        with local_copy(self._directory / shard.file, is_file=True) as path:
            for record in self._records(path):
                # Of the whole example, this is all that is looked at.
                feature = self._parse(record).features.feature
                (image_bytes,) = feature["image_bytes"].bytes_list.value
                height, width, mode = self._header(image_bytes)
                statistics.add_file(mode, len(image_bytes), "mask_bytes" in feature)
                if width * height > _SMALL:
                    self._add(statistics, [self._decode(image_bytes)])
                    continue
                small.append(image_bytes)
                if len(small) == _BATCH:
                    self._add(statistics, self._decode_many(small))
                    small = []
        self._add(statistics, self._decode_many(small))
        name = shard.class_name.encode("utf-8", "surrogateescape")
        yield (shard.split, name), statistics

    def _header(self, image_bytes):
        if found := read_png_header(image_bytes):
            height, width, mode = found
            return height, width, f"PNG {mode}"
        info = self._inspect(image_bytes, 2**62)
        return info.height, info.width, f"{info.kind} {info.mode}"

    def _add(self, statistics, pictures):
        import numpy as np

        from pipeline.statistics.picture_measures import measure

        by_size = {}
        for picture in pictures:
            if isinstance(picture, Exception):
                raise picture
            by_size.setdefault(picture.shape[:2], []).append(picture)
        for (height, width), found in by_size.items():
            statistics.add(height, width, measure(np.stack(found), self._bins))


class _Merge(beam.CombineFn):
    def __init__(self, bins):
        self._bins = bins

    def create_accumulator(self):
        return PictureStatistics(self._bins)

    def add_input(self, accumulator, statistics):
        return accumulator.merge(statistics)

    def merge_accumulators(self, accumulators):
        merged = PictureStatistics(self._bins)
        for accumulator in accumulators:
            merged.merge(accumulator)
        return merged

    def extract_output(self, accumulator):
        return accumulator
