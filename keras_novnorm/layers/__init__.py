"""Layers without a model of their own."""

from keras_novnorm.layers.anomaly_map import AnomalyMap
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.layers.unit_range import UnitRange

__all__ = ["AnomalyMap", "Combination", "NoveltyNormalization", "UnitRange"]
