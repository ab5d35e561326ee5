"""Compares the pictures with what is expected of them."""
