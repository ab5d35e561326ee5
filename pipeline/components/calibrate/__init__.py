"""Sets the threshold from held-out normals."""
