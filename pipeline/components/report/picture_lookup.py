"""Test pictures by name, for the report."""

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.scoring.picture_scoring import score_pictures
from keras_novnorm.visualization.rgb_picture import picture_of_file
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
        return np.stack(
            [
                decode_image(content, self._image_shape).numpy()
                for content in self._contents(indices)
            ]
        )

    def load_with_maps(self, indices, detector):
        """Reads pictures at their own size, with their maps, however they are resized.

        Args:
            indices: list of int, positions in `paths`.
            detector: `OneClassDetector`.

        Returns:
            List of pairs, uint8 array [h, w, 3] and float32 array [h, w] or None.
        """
        contents = self._contents(indices)
        scored = score_pictures(detector, contents, with_maps=True)
        return [
            (picture_of_file(content, detector.value_range), one.anomaly_map)
            for content, one in zip(contents, scored, strict=True)
        ]

    def _contents(self, indices):
        wanted = {self._paths[index] for index in indices}
        found = {}
        for file in self._files:
            if len(found) == len(wanted):
                break
            with local_copy(file, is_file=True) as path:
                found.update(self._find(path, wanted))
        return [found[self._paths[index]] for index in indices]

    def _find(self, file, wanted):
        for record in tf.data.TFRecordDataset(file).as_numpy_iterator():
            example = ImageExample.parse(record)
            path = readable(example.path)
            if path in wanted:
                yield path, example.image_bytes
