"""One training, and what is written down of it."""

import time


def limit_threads(threads):
    """Let TensorFlow use no more threads than that; before anything is computed.

    Args:
        threads: int, 0 for all.
    """
    import tensorflow as tf

    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def train_detector(preset, arrays, seed, overrides=None, restarts=2, verbose=0):
    """Train and adapt a detector on the normals of a split.

    Args:
        preset: name of a preset.
        arrays: `OneClassArrays`.
        seed: int.
        overrides: constructor arguments in the place of the preset's.
        restarts: how often a collapsed training begins again.
        verbose: as in Keras' `fit`.

    Returns:
        A `NoveltyDetector`, not calibrated.
    """
    import keras

    from keras_novnorm import NoveltyDetector

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    detector = NoveltyDetector.from_preset(preset, **(overrides or {}))
    detector.compile()
    detector.fit(arrays.train, verbose=verbose, restarts=restarts)
    detector.adapt(arrays.train, verbose=0)
    return detector


def timed(function, *arguments, **keywords):
    """A function's result and the seconds it took.

    Args:
        function: what to call.
        *arguments: passed on.
        **keywords: passed on.

    Returns:
        Tuple of the result and a float.
    """
    start = time.monotonic()
    return function(*arguments, **keywords), time.monotonic() - start
