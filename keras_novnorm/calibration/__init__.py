"""From scores to verdicts, with normals alone."""

from keras_novnorm.calibration.calibration import Calibration
from keras_novnorm.calibration.threshold import (
    smallest_target_fpr,
    threshold_at,
    threshold_rank,
)

__all__ = ["Calibration", "smallest_target_fpr", "threshold_at", "threshold_rank"]
