"""On what a training runs: a device of its own, or all devices of the worker."""

import contextlib
import fcntl
import logging
import os
import tempfile

import keras
import tensorflow as tf

_LOGGER = logging.getLogger("pipeline")
_claims = {}


@contextlib.contextmanager
def scope(parameters):
    """Sets up threads, devices and precision for one training.

    GPUs are used with memory growth, so that a worker takes what it needs. With
    strategy "one" a worker process claims one GPU for itself for as long as it lives,
    the first that no other process on the machine has claimed.

    Args:
        parameters: `TrainParameters`.

    Yields:
        `tf.distribute.Strategy`, or None: the default one.
    """
    _set_threads(parameters.threads)
    gpus = tf.config.list_physical_devices("GPU")
    strategy = None
    if gpus:
        _before_start(lambda: _grow(gpus))
    if parameters.strategy == "mirrored":
        strategy = tf.distribute.MirroredStrategy()
    elif len(gpus) > 1:
        _before_start(lambda: tf.config.set_visible_devices(_claim(gpus), "GPU"))
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(parameters.precision)
    try:
        yield strategy
    finally:
        keras.config.set_dtype_policy(before)


def _set_threads(threads):
    if threads:
        _before_start(
            lambda: tf.config.threading.set_intra_op_parallelism_threads(threads)
        )
        _before_start(
            lambda: tf.config.threading.set_inter_op_parallelism_threads(threads)
        )


def _grow(gpus):
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)


def _claim(gpus):
    if "gpu" not in _claims:
        for number, gpu in enumerate(gpus):
            name = os.path.join(tempfile.gettempdir(), f"novnorm-gpu-{number}.lock")
            file = open(name, "a")  # noqa: SIM115  (held as long as the process)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            _claims["gpu"], _claims["file"] = gpu, file
            break
        else:
            _LOGGER.warning(
                "train: more workers than GPUs (%d) on this machine; they share one",
                len(gpus),
            )
            _claims["gpu"] = gpus[os.getpid() % len(gpus)]
    return _claims["gpu"]


def _before_start(setting):
    # TensorFlow takes such settings only before its first operation; a second training
    # in a process keeps those of the first.
    with contextlib.suppress(RuntimeError):
        setting()
