"""How a detector comes to its verdicts: threshold, target rate, p-values."""

import contextlib
import warnings

import numpy as np
from keras import ops

from keras_novnorm.advice.trained_normals import find_trained_normals
from keras_novnorm.calibration.calibration import Calibration
from keras_novnorm.calibration.calibration_history import CalibrationHistory
from keras_novnorm.calibration.held_out_batches import HeldOutBatches, look_at_maps
from keras_novnorm.calibration.margin import MARGIN
from keras_novnorm.detectors.argument_checks import check_numbers
from keras_novnorm.detectors.image_model import ImageModel
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.training_sketch import TrainingSketch
from keras_novnorm.layers.traits_record import TraitsRecord
from keras_novnorm.training.non_finite import NonFiniteError, describe_scores

_SCALE = 2.0


class CalibrationWarning(UserWarning):
    """Pictures that a detector was calibrated on are no new ones to it."""


class CalibratedDetector(ImageModel):
    """A detector whose scores have a threshold, and p-values.

    The state is in the weights of `calibration`, a `Calibration`, and of its history.

    Args:
        image_shape: `(height, width, channels)` of the images.
        calibration_capacity: how many calibration scores are kept.
        **kwargs: passed to `ImageModel`.
    """

    ARGUMENTS = (*ImageModel.ARGUMENTS, "calibration_capacity")

    has_map = True
    """Whether there is an `anomaly_map`."""

    def __init__(self, image_shape, calibration_capacity=8192, **kwargs):
        check_numbers({"calibration_capacity": calibration_capacity})
        super().__init__(image_shape, **kwargs)
        self.calibration_capacity = calibration_capacity
        self.calibration = Calibration(calibration_capacity, name="calibration")
        self.calibration_history = CalibrationHistory(
            calibration_capacity, name="calibration_history"
        )
        # What is earlier is part of the calibration, too.
        self.calibration.history = self.calibration_history
        self.training_sketch = TrainingSketch(name="training_sketch")
        self.picture_traits = TraitsRecord(name="picture_traits")

    def build(self, input_shape):
        """Create the state that all detectors have."""
        memory = (self.calibration_history, self.training_sketch, self.picture_traits)
        for layer in (self.calibration, *memory):
            if not layer.built:
                layer.build((None,))
        self.build_record()
        self.built = True

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
            ValueError: if there are too few images for `target_fpr`, or not all have a
                finite score; nothing is changed then.
        """
        normals = HeldOutBatches(x, self.image_shape, batch_size or 32)
        scores = self.predict_quietly(
            normals.all(), normals.batch_size, verbose=verbose
        )["score"]
        if problem := describe_scores(scores):
            raise NonFiniteError(
                f"{problem}. Nothing can be calibrated on them: leave them out. "
                "Nothing was changed."
            )
        self.keep_calibration_scores(scores, target_fpr)
        pixels, hashes = look_at_maps(self, normals.first())
        if self.has_map:
            self.calibration.fit_maps(pixels)
        self.warn_of_trained_normals(hashes)
        return self.threshold

    def keep_calibration_scores(self, scores, target_fpr=0.01):
        """Set the threshold from scores of held-out normals, without images.

        Args:
            scores: float array `[n]`, this detector's.
            target_fpr: rate of false alarms to allow, in (0, 1).

        Raises:
            ValueError: if the scores are too few for `target_fpr`, or not finite.
        """
        with self.new_calibration():
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
        return self.calibration(scores, margin=MARGIN * self.score_unit())

    @property
    def margin(self):
        """What a score must be above another one by to count as higher.

        `MARGIN` deviations of the normal class, in the unit of `score`. A picture is
        novel when its score is above `threshold` by more.
        """
        return MARGIN * float(ops.convert_to_numpy(self.score_unit()))

    def score_unit(self):
        """A deviation of the normal class, in the unit of `score`: float32 scalar."""
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
        with self.new_calibration():
            self.calibration.set_target_fpr(target_fpr)
        return self.threshold

    def restore_calibration(self, number=1):
        """Put an earlier calibration in the place of the present one.

        The present one becomes the latest of the earlier ones, so that nothing is
        lost: to do the same again undoes it.

        Args:
            number: which, 1 the latest; `calibration_history.entries()` lists them.

        Returns:
            The threshold, a float.

        Raises:
            ValueError: if there is none of that number.
        """
        self.calibration_history.put_back(self.calibration, number)
        return self.threshold

    @contextlib.contextmanager
    def new_calibration(self):
        """Keep the present calibration among the earlier ones, if a new one is made.

        Yields:
            Nothing; what fails within leaves the history as it is.
        """
        before = self.calibration_history.state_of(self.calibration)
        yield
        self.calibration_history.remember(before)

    def warn_of_trained_normals(self, hashes):
        """Warn where pictures of a calibration were trained on.

        Args:
            hashes: float array `[n]`, of `training_sketch.hashes`.
        """
        found = find_trained_normals(*self.training_sketch.count_known(hashes))
        if found:
            warnings.warn(found.text, CalibrationWarning, stacklevel=3)

    def hash_pictures(self, images):
        """Hashes of pictures, by which `training_sketch` knows them.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B]`.
        """
        return self.training_sketch.hashes(self.unit_range.to_unit(images))

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
