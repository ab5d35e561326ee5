"""Penalties on weights."""

from keras_novnorm.regularizers.l0_count import L0Count

__all__ = ["L0Count"]
