"""One-class image anomaly detection with novelty normalization, in Keras."""

from keras_novnorm.keras_backend import BackendError, backend_refusal

if backend_refusal():  # before anything imports Keras
    raise BackendError(backend_refusal())

from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder
from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor, CollapseWarning
from keras_novnorm.models.calibrated_model import CalibrationWarning
from keras_novnorm.models.novelty_detector import NoveltyDetector
from keras_novnorm.version import __version__

__all__ = [
    "CalibrationWarning",
    "CollapseMonitor",
    "CollapseWarning",
    "LeNetDecoder",
    "LeNetEncoder",
    "NoveltyDetector",
    "__version__",
]
