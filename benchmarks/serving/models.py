"""The models that the server is loaded with."""

import os
import pathlib

import numpy as np

SIZE = (28, 28, 1)
"""Height, width and channels of the detector's pictures."""


def export_line(path, offset=2.0):
    """Exports y = 0.5 x + offset: a model that costs nothing.

    Args:
        path: str or path, the version's folder; appears whole, by a rename.
        offset: float.
    """
    import tensorflow as tf

    model = tf.Module()
    model.slope, model.offset = tf.Variable(0.5), tf.Variable(offset)

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="x")])
    def line(x):
        return {"y": model.slope * x + model.offset}

    partial = f"{path}.partial"
    tf.saved_model.save(model, partial, signatures={"serving_default": line})
    os.rename(partial, path)


def export_detector(base_path, preset="mnist"):
    """Exports a detector which nobody has trained.

    Speed does not depend on what the weights are.

    Args:
        base_path: str or path, the folder of the version's folder.
        preset: str, `mnist` takes pictures of `SIZE`.
    """
    from keras_novnorm import NoveltyDetector
    from keras_novnorm.export import export_saved_model

    detector = NoveltyDetector.from_preset(preset)
    detector.compile()
    images = random_images(200, detector.image_shape)
    detector.calibrate(images, target_fpr=0.05)
    detector.mark_collapsed([])  # without training nothing is reconstructed
    pathlib.Path(base_path).mkdir(parents=True, exist_ok=True)
    export_saved_model(detector, base_path)


def random_images(count, size=SIZE):
    """Pictures of no meaning.

    Args:
        count: int.
        size: (height, width, channels).

    Returns:
        uint8 array [count, H, W, C], the same in each run.
    """
    return np.random.default_rng(0).integers(0, 256, (count, *size), np.uint8)
