"""Keeps libraries' notices off the terminal."""

import os
import sys
import tempfile
import warnings


def import_tensorflow_quietly():
    """Imports TensorFlow and finds its devices without its notices.

    On a machine without a GPU, TensorFlow writes about that to the terminal before
    any of its log settings apply. If the import fails, what it wrote is shown.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore", DeprecationWarning)
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        except BaseException:
            hidden.seek(0)
            os.write(kept, hidden.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
