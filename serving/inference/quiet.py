"""Keeps TensorFlow's advice on its own old interfaces out of the log."""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def quiet():
    """TensorFlow logs nothing below an error while in `with`."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
