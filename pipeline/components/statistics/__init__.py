"""Describes the prepared pictures in numbers."""
