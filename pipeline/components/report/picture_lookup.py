"""Test pictures by name, for the report."""

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.image_examples import ImageExample
from pipeline.storage.local_copy import local_copy
from pipeline.transforms.readable import readable


class PictureLookup:
    """Reads chosen pictures of a split; all of them need not fit into memory.

    Args:
        files: list of `StoragePath`, the split's TFRecord files.
        paths: list of str, the pictures' names as tables have them, by index.
        image_shape: tuple (height, width, channels).
    """

    def __init__(self, files, paths, image_shape):
        self._files = files
        self._paths = paths
        self._image_shape = image_shape

    def load(self, indices):
        """Reads pictures.

        Args:
            indices: list of int, positions in `paths`.

        Returns:
            float32 array [K, H, W, C] in [0, 1], in the order of `indices`.
        """
        wanted = {self._paths[index] for index in indices}
        found = {}
        for file in self._files:
            if len(found) == len(wanted):
                break
            with local_copy(file, is_file=True) as path:
                found.update(self._find(path, wanted))
        return np.stack([found[self._paths[index]] for index in indices])

    def _find(self, file, wanted):
        for record in tf.data.TFRecordDataset(file).as_numpy_iterator():
            example = ImageExample.parse(record)
            path = readable(example.path)
            if path in wanted:
                image = decode_image(example.image_bytes, self._image_shape)
                yield path, image.numpy()
