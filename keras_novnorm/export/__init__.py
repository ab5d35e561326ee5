"""A detector as a SavedModel for TF Serving."""

from keras_novnorm.export.saved_model import export_saved_model

__all__ = ["export_saved_model"]
