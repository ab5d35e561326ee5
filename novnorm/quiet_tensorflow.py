"""TensorFlow without its notices on the terminal."""

import contextlib
import os
import sys
import tempfile
import warnings

from keras_novnorm.keras_backend import require_tensorflow


def import_tensorflow_quietly():
    """Import TensorFlow and find its devices without its notices.

    On a machine without a GPU it writes about that to the terminal before any of its
    log settings apply. If the import fails, what it wrote is shown.

    oneDNN's operations are on unless the environment says otherwise. On processors
    without AVX-512 TensorFlow has them off, and trainings take half as long again.

    Raises:
        BackendError: Keras is set to another backend, which is known at once.
    """
    require_tensorflow()
    if "tensorflow" in sys.modules:
        return  # Whoever imported it may want to hear it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _stderr_hidden(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import tensorflow as tf

        tf.config.list_physical_devices()
    # Notices on how it traces functions are for programmers.
    tf.get_logger().setLevel("ERROR")


@contextlib.contextmanager
def _stderr_hidden():
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        try:
            yield
        except BaseException:
            hidden.seek(0)
            os.write(kept, hidden.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
