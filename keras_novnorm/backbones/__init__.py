"""Encoders and decoders."""

from keras_novnorm.backbones.defect_segmenter import DefectSegmenter
from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder
from keras_novnorm.backbones.pretrained_features import pretrained_features
from keras_novnorm.backbones.transformation_encoder import TransformationEncoder

__all__ = [
    "DefectSegmenter",
    "LeNetDecoder",
    "LeNetEncoder",
    "TransformationEncoder",
    "pretrained_features",
]
