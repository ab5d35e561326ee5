"""Encoders and decoders."""

from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder
from keras_novnorm.backbones.transformation_encoder import TransformationEncoder

__all__ = ["LeNetDecoder", "LeNetEncoder", "TransformationEncoder"]
