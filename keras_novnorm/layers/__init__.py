"""Layers without a model of their own."""

from keras_novnorm.layers.anomaly_map import AnomalyMap
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.layers.pooled_conv2d import PooledConv2D
from keras_novnorm.layers.random_shift_flip import RandomShiftFlip
from keras_novnorm.layers.rotations import four_rotations
from keras_novnorm.layers.simulated_defects import SimulatedDefects
from keras_novnorm.layers.unit_range import UnitRange
from keras_novnorm.layers.upsampled_conv2d import UpsampledConv2D

__all__ = [
    "AnomalyMap",
    "Combination",
    "NoveltyNormalization",
    "PooledConv2D",
    "RandomShiftFlip",
    "SimulatedDefects",
    "UnitRange",
    "UpsampledConv2D",
    "four_rotations",
]
