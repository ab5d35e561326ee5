"""Prepared normals in the order of each epoch, whichever epoch is the first."""

import os

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.image_examples import (
    count_records,
    decode_record,
    read_examples,
)
from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.datasets.without_autograph import without_autograph

_IN_MEMORY = 2**30
_BUFFER_BYTES = 2**28
_BUFFER_RECORDS = 4096
_AT_ONCE = 16


class TrainingNormals:
    """The training normals of one detector.

    The order of an epoch follows from the seed and the number of the epoch alone, so
    that a training that goes on sees what an undisturbed one would have seen. Pictures
    are kept in memory where all of them, decoded, take less than 1 GiB; otherwise they
    are streamed from the files in an order of their own, 16 at a time, and shuffled in
    blocks of at most 256 MiB.

    Args:
        files: list of str, TFRecord files.
        image_shape: tuple (height, width, channels).
        batch_size: int.
        seed: int.
        resizing: `Resizing` to `image_shape`, or None: stretched. Each tile counts as
            a picture of its own.

    Attributes:
        count: int, number of pictures.
        steps: int, batches in an epoch.
    """

    def __init__(self, files, image_shape, batch_size, seed, resizing=None):
        self._files = list(files)
        self._shape = tuple(image_shape)
        self._batch_size = batch_size
        self._seed = seed
        self._resizing = resizing or Resizing(*self._shape[:2])
        self.count = self._count()
        self.steps = -(-self.count // batch_size)
        self._images = None
        if self.count * int(np.prod(self._shape)) * 4 < _IN_MEMORY:
            batches = self._read(1024)
            self._images = np.concatenate([batch.numpy() for batch in batches])

    def once(self):
        """Returns `tf.data.Dataset` of batches, each picture once, in file order."""
        if self._images is not None:
            return tf.data.Dataset.from_tensor_slices(self._images).batch(
                self._batch_size
            )
        return self._read(self._batch_size)

    def _read(self, batch_size):
        return read_examples(
            self._files, self._shape, batch_size, resizing=self._resizing
        )

    def _count(self):
        if self._resizing.rule != "tiles":
            return sum(count_records(file) for file in self._files)
        # As many as the sizes of the pictures make.
        return sum(len(batch) for batch in self._read(64))

    def epochs(self, first, last):
        """Gives the batches of several epochs, one after the other.

        Args:
            first: int, epochs that are done.
            last: int, epochs in all.

        Returns:
            `tf.data.Dataset` of float32 [B, H, W, C] in [0, 1], with `steps` batches
            for each epoch.
        """
        one = self._streamed if self._images is None else self._gathered()
        epochs = tf.data.Dataset.range(first, last).flat_map(one)
        total = (last - first) * self.steps
        epochs = epochs.apply(tf.data.experimental.assert_cardinality(total))
        return epochs.prefetch(tf.data.AUTOTUNE)

    def _gathered(self):
        images = tf.constant(self._images)

        @without_autograph
        def epoch(number):
            order = tf.random.experimental.stateless_shuffle(
                tf.range(self.count), seed=[self._seed, number]
            )
            places = tf.data.Dataset.from_tensor_slices(order).batch(self._batch_size)
            return places.map(without_autograph(lambda batch: tf.gather(images, batch)))

        return epoch

    @without_autograph
    def _streamed(self, number):
        files = tf.random.experimental.stateless_shuffle(
            tf.constant(self._files), seed=[self._seed, number]
        )
        size = sum(os.path.getsize(file) for file in self._files) / self.count
        buffer = max(1, min(_BUFFER_RECORDS, int(_BUFFER_BYTES / size), self.count))
        # Several files at a time: each is of one class.
        records = tf.data.Dataset.from_tensor_slices(files).interleave(
            tf.data.TFRecordDataset, cycle_length=min(len(self._files), _AT_ONCE)
        )
        # In blocks, since the seed of `Dataset.shuffle` cannot depend on the epoch.
        blocks = records.batch(buffer).enumerate()

        @without_autograph
        def shuffle(index, block):
            seed = [self._seed + 1 + index, number]
            return tf.random.experimental.stateless_shuffle(block, seed=seed)

        @without_autograph
        def decode(record):
            return decode_record(record, self._shape, self._resizing)

        records = blocks.map(shuffle).unbatch()
        views = records.map(
            decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        return views.unbatch().batch(self._batch_size)
