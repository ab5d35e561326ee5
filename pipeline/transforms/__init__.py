"""Composite PTransforms that the components are made of."""
