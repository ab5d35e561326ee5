"""Exports the detector as a SavedModel."""
