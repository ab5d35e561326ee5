"""One-class image anomaly detection, in Keras."""

from keras_novnorm.keras_backend import BackendError, backend_refusal

if backend_refusal():  # before anything imports Keras
    raise BackendError(backend_refusal())

from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder
from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor, CollapseWarning
from keras_novnorm.detectors.calibrated_detector import CalibrationWarning
from keras_novnorm.detectors.estimate import FewNormalsWarning
from keras_novnorm.detectors.load_detector import load_detector
from keras_novnorm.detectors.novelty.novelty_detector import NoveltyDetector
from keras_novnorm.detectors.one_class_detector import OneClassDetector
from keras_novnorm.detectors.registry import list_detectors, register_detector
from keras_novnorm.version import __version__

__all__ = [
    "CalibrationWarning",
    "CollapseMonitor",
    "CollapseWarning",
    "FewNormalsWarning",
    "LeNetDecoder",
    "LeNetEncoder",
    "NoveltyDetector",
    "OneClassDetector",
    "__version__",
    "list_detectors",
    "load_detector",
    "register_detector",
]
