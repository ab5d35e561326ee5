"""Test pictures by name, for the report."""

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.image_examples import ImageExample


class PictureLookup:
    """Reads chosen pictures of a split; all of them need not fit into memory.

    Args:
        pattern: str, glob pattern of the split's TFRecord files.
        paths: list of str, the pictures' names, by index.
        image_shape: tuple (height, width, channels).
    """

    def __init__(self, pattern, paths, image_shape):
        self._pattern = pattern
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
        files = sorted(tf.io.gfile.glob(self._pattern))
        for record in tf.data.TFRecordDataset(files).as_numpy_iterator():
            example = ImageExample.parse(record)
            # As tables write a name that is not valid Unicode.
            path = example.path.encode("utf-8", "backslashreplace").decode("utf-8")
            if path in wanted:
                image = decode_image(example.image_bytes, self._image_shape)
                found[path] = image.numpy()
                if len(found) == len(wanted):
                    break
        return np.stack([found[self._paths[index]] for index in indices])
