"""Where prepared pictures were, read again from an earlier run's files."""

import apache_beam as beam

from pipeline.storage.local_copy import local_copy


class ReadKnownSplits(beam.PTransform):
    """Reads which pictures earlier runs had in which split.

    Args:
        files: list of `(StoragePath, split)`, TFRecord files of `ImageExample`s.

    Returns:
        (from `expand`) PCollection of `(digest, split)`, digests as bytes. Of a
        picture in two splits of two runs there are two.
    """

    def __init__(self, files):
        super().__init__()
        self._files = list(files)

    def expand(self, pbegin):
        return (
            pbegin
            | beam.Create(self._files)
            | "Spread" >> beam.Reshuffle()
            | "Read" >> beam.FlatMap(_read)
        )


def _read(element):
    from keras_novnorm.datasets.image_examples import ImageExample
    from keras_novnorm.datasets.record_file import iterate_records

    file, split = element
    with local_copy(file, is_file=True) as path:
        for record in iterate_records(path):
            yield bytes.fromhex(ImageExample.parse(record).sha256), split
