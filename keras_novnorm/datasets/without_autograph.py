"""Functions of `tf.data` that TensorFlow takes as they are."""

import tensorflow as tf

without_autograph = tf.autograph.experimental.do_not_convert
"""Marks a function of TensorFlow's operations alone, with no `if` or `for` on tensors.

The first function that AutoGraph translates costs a process two seconds.
"""
