"""TFRecord files to their records, by TensorFlow's own reader."""

import apache_beam as beam

from pipeline.storage.local_copy import local_copy

_MANY = 32


class ReadRecords(beam.PTransform):
    """Reads all records of TFRecord files, on any file system that Beam knows.

    Beam's own reader checks each record in Python, unless further packages are there;
    TensorFlow's is fast, and reads a copy where the file lies elsewhere.

    Args:
        files: list of `StoragePath`.

    Returns:
        (from `expand`) PCollection of bytes, spread over the workers: by their files,
        where these are many, which spares a shuffle of all records.
    """

    def __init__(self, files):
        super().__init__()
        self._files = list(files)

    def expand(self, pbegin):
        records = (
            pbegin
            | beam.Create(self._files)
            | "Spread files" >> beam.Reshuffle()
            | "Read" >> beam.FlatMap(_read)
        )
        if len(self._files) >= _MANY:
            return records
        return records | "Spread records" >> beam.Reshuffle()


def _read(file):
    from keras_novnorm.datasets.record_file import iterate_records

    with local_copy(file, is_file=True) as path:
        yield from iterate_records(path)
