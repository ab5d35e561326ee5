"""The detector and its presets."""

from keras_novnorm.models.novelty_detector import NoveltyDetector

__all__ = ["NoveltyDetector"]
