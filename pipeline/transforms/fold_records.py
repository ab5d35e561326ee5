"""Prepared pictures of few normals, with or without one part of them."""

import contextlib
import os
import tempfile

from keras_novnorm.datasets.folds import assign_folds
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.record_file import iterate_records


def read_folds(files, folds):
    """Reads pictures with the part that each belongs to.

    Args:
        files: list of str, TFRecord files of `ImageExample`s on this machine.
        folds: int, how many parts.

    Returns:
        List of `(part, record)`, records as bytes, in the order of the files.

    Raises:
        ValueError: there are too few pictures for so many parts.
    """
    records = [record for file in files for record in iterate_records(file)]
    parts = assign_folds([ImageExample.parse(record) for record in records], folds)
    return list(zip(parts, records, strict=True))


@contextlib.contextmanager
def files_without(files, folds, left_out):
    """Gives TFRecord files without one part of the pictures.

    Args:
        files: list of str, as for `read_folds`.
        folds: int, how many parts; 0: all pictures are there.
        left_out: int, the part.

    Yields:
        List of str; what was written is gone afterwards.
    """
    if not folds:
        yield files
        return
    import tensorflow as tf

    with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
        path = os.path.join(folder, "train.tfrecord")
        with tf.io.TFRecordWriter(path) as writer:
            for part, record in read_folds(files, folds):
                if part != left_out:
                    writer.write(record)
        yield [path]
