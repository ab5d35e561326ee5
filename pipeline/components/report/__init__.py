"""Writes the report on a judged detector."""
