"""Scores the test pictures with the exported model."""
