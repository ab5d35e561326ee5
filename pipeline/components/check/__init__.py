"""Tries an exported model in a real server."""
