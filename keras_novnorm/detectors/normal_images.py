"""The normal images of an estimate, read as often as it needs."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from keras_novnorm.training.image_batches import (
    as_batches,
    count_batches,
    is_read_once,
    iterate_batches,
)
from keras_novnorm.training.non_finite import NonFiniteError, name_pictures
from keras_novnorm.training.sample_weights import check_weights


class NormalImages:
    """Batches of normal images, checked and brought to [0, 1].

    The first reading shows a progress bar and tells `sketch` of the images. A generator
    is kept in memory, if it is read again. Images of weight 0 are left out; other
    weights say nothing.

    Args:
        detector: a `OneClassDetector`.
        data: as `fit` takes.
        batch_size: images per batch, where `data` is not batched yet.
        verbose: 0 for silence.
        sample_weight: array `[N]` of weights beside an array, or `None`.
        sketch: `TrainingSketch` of what is learned from, or `None`.
        steps: how many batches are read, or `None`: all of them.

    Yields:
        Float32 arrays `[B, H, W, C]`.

    Raises:
        NonFiniteError: if an image has NaN or infinite values.
        ValueError: if there is no image, one of another shape, or weights do not fit.
    """

    def __init__(
        self,
        detector,
        data,
        batch_size,
        verbose=0,
        sample_weight=None,
        sketch=None,
        steps=None,
    ):
        self._sketch = sketch
        data = as_batches(data, detector.image_shape, batch_size)
        self._data = list(data) if is_read_once(data) else data
        self._sample_weight = check_weights(sample_weight, data)
        self._batch_size = batch_size
        self._steps = steps
        self._verbose = verbose
        self._is_known = False

        @tf.function(reduce_retracing=True, autograph=False)
        def look(images):
            return detector.hash_pictures(images), *detector.finite_images(images)

        self._look = look

    def __iter__(self):
        progress = None
        if self._verbose and not self._is_known:
            number = count_batches(self._data, self._batch_size)
            progress = keras.utils.Progbar(number)
        finite = []
        batches = iterate_batches(self._data, self._batch_size, self._sample_weight)
        for images in itertools.islice(batches, self._steps):
            hashes, images, one = self._look(tf.convert_to_tensor(images))
            if self._sketch is not None and not self._is_known:
                self._sketch.update(hashes)
            images, one = images.numpy(), one.numpy()
            finite.append(one)
            if one.all():
                yield images
            if progress:
                progress.update(len(finite))
        if not finite:
            raise ValueError("There is no image, or all have the weight 0.")
        finite = np.concatenate(finite)
        if not finite.all():
            raise NonFiniteError(
                f"There are NaN or infinite values in {name_pictures(finite)}. Mend "
                "them or leave them out. Nothing was changed."
            )
        self._is_known = True
