"""Publishes the detector as a SavedModel."""
