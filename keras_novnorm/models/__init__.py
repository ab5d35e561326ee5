"""Where `NoveltyDetector` was to be found before: it is `keras_novnorm`'s own."""

from keras_novnorm.detectors.novelty.novelty_detector import NoveltyDetector

__all__ = ["NoveltyDetector"]
