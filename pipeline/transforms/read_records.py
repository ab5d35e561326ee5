"""TFRecord files to their records, by TensorFlow's own reader."""

import apache_beam as beam


class ReadRecords(beam.PTransform):
    """Reads all records of the TFRecord files that a pattern matches.

    Beam's own reader checks each record in Python, unless further packages are there.

    Args:
        pattern: str, glob pattern.

    Returns:
        (from `expand`) PCollection of bytes, spread over the workers.
    """

    def __init__(self, pattern):
        super().__init__()
        self._pattern = pattern

    def expand(self, pbegin):
        return (
            pbegin
            | beam.Create([self._pattern])
            | "Match" >> beam.FlatMap(_match)
            | "Read" >> beam.FlatMap(_read)
            | beam.Reshuffle()
        )


def _match(pattern):
    import tensorflow as tf

    return sorted(tf.io.gfile.glob(pattern))


def _read(path):
    import tensorflow as tf

    return tf.data.TFRecordDataset(path).as_numpy_iterator()
