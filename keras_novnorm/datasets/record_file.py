"""The records of one TFRecord file, one after the other."""

import tensorflow as tf

# It is called deprecated since TensorFlow 2.0, and has no successor for plain reading.
tf.get_logger().addFilter(lambda said: "tf_record_iterator" not in said.getMessage())


def iterate_records(path):
    """Reads a TFRecord file, checking each record.

    TensorFlow's plain reader: setting up a `tf.data.Dataset` and stepping it takes
    many times longer than reading a small record.

    Args:
        path: str, a file on this machine.

    Returns:
        Iterator over bytes.

    Raises:
        tf.errors.OpError: (while iterating) it cannot be read, or is damaged.
    """
    return tf.compat.v1.io.tf_record_iterator(path)
