"""What the pipeline says, on the terminal."""

import logging
import sys


def log_to_terminal():
    """Writes the messages of the pipeline's own logger to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("pipeline")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
