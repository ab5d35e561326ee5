"""How a detector comes to its verdicts: threshold, target rate, p-values."""

import warnings

import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.calibration.margin import MARGIN
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.models.image_batches import (
    as_batches,
    carries_weights,
    is_read_once,
    iterate_batches,
    unpack_images,
)

MAP_IMAGES = 512
"""How many images, at most, the threshold of the anomaly map is set from."""

_SCALE = 2.0


class CalibratedModel:
    """The calibrated half of `NoveltyDetector`; to be mixed in before `keras.Model`.

    The state is in the weights of `self.calibration`, a `Calibration`.
    """

    @under_keras_settings
    def calibrate(self, x, target_fpr=0.01, batch_size=None, verbose=0):
        """Set the threshold and keep the scores of held-out normals.

        Nothing else changes: no weight of the networks, no statistic. Images of
        weight 0 are left out; other weights say nothing here.

        Args:
            x: normal images that training did not see, as in `fit`.
            target_fpr: rate of false alarms to allow, in (0, 1).
            batch_size: images per step, where `x` is not batched yet.
            verbose: as in `predict`.

        Returns:
            The threshold, a float.

        Raises:
            ValueError: if there are too few images for `target_fpr`.
        """
        kept = []
        batch_size = batch_size or 32
        weighted, x = carries_weights(as_batches(x, self.image_shape, batch_size))
        if weighted:
            x = iterate_batches(x, batch_size)
        if is_read_once(x):
            x = _keep_first(x, kept)
        scores = self.predict(x, batch_size=batch_size, verbose=verbose)["score"]
        self.keep_calibration_scores(scores, target_fpr)
        self._calibrate_maps(kept or iterate_batches(x, batch_size))
        return self.threshold

    def keep_calibration_scores(self, scores, target_fpr=0.01):
        """Set the threshold from scores of held-out normals, without images.

        Args:
            scores: float array `[n]`, this detector's.
            target_fpr: rate of false alarms to allow, in (0, 1).

        Raises:
            ValueError: if the scores are too few for `target_fpr`, or not finite.
        """
        self.calibration.fit_scores(scores, target_fpr, self.margin)
        if len(scores) > 1 and np.ptp(scores) <= self.margin:
            warnings.warn(
                f"All {len(scores)} calibration images have the same score, "
                f"{self.threshold:.4g}, but for rounding: are they copies of one? An "
                "image that differs from them by more than rounding will be novel.",
                stacklevel=3,
            )

    def verdicts(self, scores):
        """What the calibration says of scores.

        Args:
            scores: float tensor `[B]`, this detector's.

        Returns:
            Dictionary of `p_value`, `threshold` and `is_novel`, each `[B]`.
        """
        return self.calibration(scores, margin=MARGIN * self._score_unit())

    @property
    def margin(self):
        """What a score must be above another one by to count as higher.

        `MARGIN` deviations of the normal class, in the unit of `score`. A picture is
        novel when its score is above `threshold` by more.
        """
        return MARGIN * float(ops.convert_to_numpy(self._score_unit()))

    def _score_unit(self):
        """A deviation of the normal class, in the unit of `score`."""
        if self.combination == "paper":
            return self.normalization.score_deviation()
        return ops.ones((), "float32")

    def set_target_fpr(self, target_fpr):
        """Move the threshold to another target rate; needs no images.

        Args:
            target_fpr: rate of false alarms to allow, in (0, 1).

        Returns:
            The threshold, a float.

        Raises:
            ValueError: if the detector is not calibrated, or the kept scores are
                too few for `target_fpr`.
        """
        self.calibration.set_target_fpr(target_fpr)
        return self.threshold

    def _calibrate_maps(self, batches):
        locate = tf.function(self.anomaly_map, reduce_retracing=True, autograph=False)
        values, count = [], 0
        for images in batches:
            maps = locate(tf.convert_to_tensor(images)).numpy()
            values.append(maps[: MAP_IMAGES - count].ravel())
            count += len(maps)
            if count >= MAP_IMAGES:
                break
        self.calibration.fit_maps(np.concatenate(values))

    @property
    def map_threshold(self):
        """The value of the anomaly map above which a pixel is novel."""
        return float(self.calibration.map_threshold.numpy())

    @property
    def map_scale(self):
        """The value of the brightest colour of heat maps, the same for all images."""
        return _SCALE * self.map_threshold

    @property
    def threshold(self):
        """The score above which an image is novel, in the unit of `score`."""
        return float(self.calibration.threshold.numpy())

    @property
    def target_fpr(self):
        """The rate of false alarms that the threshold allows."""
        return round(float(self.calibration.target_fpr.numpy()), 7)

    @property
    def is_calibrated(self):
        """Whether `calibrate` was called."""
        return bool(np.isfinite(self.threshold))


def _keep_first(x, kept):
    count = 0
    for batch in x:
        images, _ = unpack_images(batch)
        if count < MAP_IMAGES:
            kept.append(images)
            count += len(images)
        yield batch
