"""Held-out normals that a detector is calibrated on."""

import numpy as np
import tensorflow as tf

from keras_novnorm.calibration.map_sample import MOST_PICTURES, MapSample
from keras_novnorm.training.image_batches import (
    as_batches,
    carries_weights,
    is_read_once,
    iterate_batches,
    unpack_images,
)


class HeldOutBatches:
    """Batches to be read twice, though a generator gives them once.

    Args:
        x: normal images, as `fit` takes; those of weight 0 are left out.
        image_shape: `(height, width, channels)`.
        batch_size: images per step, where `x` is not batched yet.
    """

    def __init__(self, x, image_shape, batch_size):
        self.batch_size = batch_size
        weighted, self._x = carries_weights(as_batches(x, image_shape, batch_size))
        if weighted:
            self._x = iterate_batches(self._x, batch_size)
        self._kept = []

    def all(self):
        """What `predict` reads."""
        return self._keeping() if is_read_once(self._x) else self._x

    def first(self):
        """Batches of the first pictures, once more, after `all` was read."""
        return self._kept or iterate_batches(self._x, self.batch_size)

    def _keeping(self):
        count = 0
        for batch in self._x:
            images, _ = unpack_images(batch)
            if count < MOST_PICTURES:
                self._kept.append(images)
                count += len(images)
            yield batch


def look_at_maps(detector, batches):
    """Look at pictures where they are novel, until there are enough.

    Args:
        detector: a `CalibratedDetector`.
        batches: iterable of images.

    Returns:
        Tuple of pixels of their maps, see `MapSample`, and the pictures' hashes.
    """

    @tf.function(reduce_retracing=True, autograph=False)
    def look(images):
        maps = detector.anomaly_map(images) if detector.has_map else images[:, 0, 0, 0]
        return maps, detector.hash_pictures(images)

    sample, hashes = MapSample(), []
    for images in batches:
        maps, found = (one.numpy() for one in look(tf.convert_to_tensor(images)))
        for one in maps:
            sample.add(one)
        hashes.append(found)
        if sample.is_full:
            break
    return sample.values(), np.concatenate(hashes)
