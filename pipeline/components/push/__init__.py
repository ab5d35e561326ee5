"""Publishes a blessed model as the next version that servers find."""
