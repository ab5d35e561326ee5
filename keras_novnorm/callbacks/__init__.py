"""Callbacks for the training of a detector."""

from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor, CollapseWarning
from keras_novnorm.callbacks.cosine_decay import CosineDecay
from keras_novnorm.callbacks.detector_tensor_board import DetectorTensorBoard
from keras_novnorm.callbacks.step_decay import StepDecay

__all__ = [
    "CollapseMonitor",
    "CollapseWarning",
    "CosineDecay",
    "DetectorTensorBoard",
    "StepDecay",
]
