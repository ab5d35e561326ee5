"""One-class image anomaly detection with novelty normalization, in Keras."""

import keras

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "keras_novnorm trains and exports with TensorFlow and needs Keras' TensorFlow "
        f"backend. Received: KERAS_BACKEND={keras.backend.backend()!r}. Set "
        "KERAS_BACKEND=tensorflow before Keras is first imported."
    )

from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder
from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor, CollapseWarning
from keras_novnorm.models.novelty_detector import NoveltyDetector
from keras_novnorm.version import __version__

__all__ = [
    "CollapseMonitor",
    "CollapseWarning",
    "LeNetDecoder",
    "LeNetEncoder",
    "NoveltyDetector",
    "__version__",
]
