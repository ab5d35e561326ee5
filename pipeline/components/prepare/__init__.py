"""Reads, checks, relabels and splits the pictures."""
