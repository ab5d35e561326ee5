"""Faster convolutions where TensorFlow leaves them off."""

import os


def prefer_onednn():
    """Asks TensorFlow for oneDNN's operations, unless the environment says otherwise.

    On processors without AVX-512 TensorFlow has them off. There, trainings of the
    presets take two thirds of the time with them. To be called before TensorFlow is
    imported; processes started afterwards inherit it.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
