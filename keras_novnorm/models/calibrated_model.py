"""How a detector comes to its verdicts: threshold, target rate, p-values."""

import numpy as np


class CalibratedModel:
    """The calibrated half of `NoveltyDetector`; to be mixed in before `keras.Model`.

    The state is in the weights of `self.calibration`, a `Calibration`.
    """

    def calibrate(self, x, target_fpr=0.01, batch_size=None, verbose=0):
        """Set the threshold and keep the scores of held-out normals.

        Nothing else changes: no weight of the networks, no statistic.

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
        scores = self.predict(x, batch_size=batch_size, verbose=verbose)["score"]
        self.calibration.fit_scores(scores, target_fpr)
        return self.threshold

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
