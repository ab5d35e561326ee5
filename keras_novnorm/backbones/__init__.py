"""Encoders and decoders."""

from keras_novnorm.backbones.lenet_autoencoder import LeNetDecoder, LeNetEncoder

__all__ = ["LeNetDecoder", "LeNetEncoder"]
