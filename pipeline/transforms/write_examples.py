"""Examples to TFRecord files whose content depends on the examples alone."""

import hashlib
import os
import pathlib

import apache_beam as beam

_SHARDS = 8


class WriteExamples(beam.PTransform):
    """Writes `(split, ImageExample)` to `DIRECTORY/SPLIT-NN-of-08.tfrecord`.

    An example's shard follows from its path, and shards are sorted by path, so that
    every runner writes the same files. Shards appear by a rename: one that is
    written twice does no harm.

    Args:
        directory: str or path, there already.

    Returns:
        (from `expand`) PCollection of `(split, count)`, one for each file.
    """

    def __init__(self, directory):
        super().__init__()
        self._directory = str(directory)

    def expand(self, examples):
        return (
            examples
            | "Shard" >> beam.Map(_with_shard)
            | beam.GroupByKey()
            | "Write" >> beam.Map(_write, self._directory)
        )


def _with_shard(element):
    split, example = element
    path = example.path.encode("utf-8", "surrogateescape")
    shard = hashlib.sha256(path).digest()[0] % _SHARDS
    return (split, shard), example


def _write(element, directory):
    import tensorflow as tf

    (split, shard), examples = element
    name = f"{split}-{shard:02d}-of-{_SHARDS:02d}.tfrecord"
    work = pathlib.Path(directory, f".{name}")
    examples = sorted(examples, key=lambda example: example.path)
    with tf.io.TFRecordWriter(str(work)) as writer:
        for example in examples:
            writer.write(example.serialize())
    os.replace(work, work.with_name(name))
    return split, len(examples)
