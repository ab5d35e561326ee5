"""Detectors: one contract, three families, a file for each method."""
