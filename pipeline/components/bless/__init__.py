"""Decides whether a model may be published."""
