"""Trains the detector on the normals."""
