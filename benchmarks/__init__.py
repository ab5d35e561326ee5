"""Figures that the documentation states, each from a command."""
