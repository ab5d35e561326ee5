"""One pass over normal images: what they teach, and their scale."""

import warnings

import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.advice.few_normals import advise_on_normals_learned
from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.scoring.full_precision import full_precision
from keras_novnorm.training.step_guard import weights_put_back

_LOOKED_BACK = 256
_UNKNOWN_VARIANCE = 1.0
"""Of a logarithm, where it cannot be told: a deviation is a factor of e."""


class FewNormalsWarning(UserWarning):
    """From so few normals it cannot be told how much normal pictures differ."""


def estimate(detector, normals, stacklevel=2):
    """Learn anew from normals; an error leaves everything as it was.

    Args:
        detector: an `EstimatedDetector`.
        normals: `NormalImages`.
        stacklevel: of a warning, as seen from here.

    Returns:
        Float, the mean of the first measure over normals as if they were new.
    """
    names = detector.MEASURES
    with weights_put_back(detector):
        detector.training_sketch.clear()
        left_out = detector.fit_normals(normals)
        measured, rounding, smallest = _look_back(detector, normals, left_out)
        values = np.stack(
            [np.asarray((left_out or measured)[name]) for name in names], axis=-1
        )
        # As `score_parts` will: of what is rounding alone nothing is made.
        logarithms = np.log(np.maximum(values, smallest) + EPSILON)
        variance = logarithms.var(axis=0)
        few = advise_on_normals_learned(len(values))
        if few:
            variance = np.maximum(variance, _UNKNOWN_VARIANCE)
        detector.normalization.set_statistics(
            float(values[:, 0].min()),
            float(values[:, 0].max()),
            1,
            logarithms.mean(axis=0),
            variance,
            rounding,
            np.log(smallest + EPSILON),
        )
    if few:
        warnings.warn(few.text, FewNormalsWarning, stacklevel=stacklevel + 1)
    return float(values[:, 0].mean())


def mean_measure(detector, images):
    """The mean of the first measure over images.

    Args:
        detector: an `EstimatedDetector`.
        images: `NormalImages`.

    Returns:
        Float.
    """

    @tf.function(reduce_retracing=True, autograph=False)
    def look(batch):
        return detector.measure(batch)[detector.MEASURES[0]]

    with full_precision(*detector.layers):
        found = [look(tf.convert_to_tensor(batch)).numpy() for batch in images]
    return float(np.concatenate(found).mean())


def _look_back(detector, normals, left_out):
    """Measures of the normals, and what rounding leaves of them, on average."""
    names = detector.MEASURES

    @tf.function(reduce_retracing=True, autograph=False)
    def look(images):
        found, limits = detector.rounding_of_measures(images)
        limits = [ops.stack(limits[name], axis=-1) for name in names]
        return found, ops.stack(limits, -2)

    measured, limits = [], []
    for images in normals:
        found, limit = look(tf.convert_to_tensor(images))
        measured.append({name: value.numpy() for name, value in found.items()})
        limits.append(limit.numpy())
        # The mean of what rounding leaves is known after a few.
        if left_out and sum(map(len, limits)) >= _LOOKED_BACK:
            break
    rounding, smallest = np.concatenate(limits).mean(axis=0).T
    return (
        {name: np.concatenate([m[name] for m in measured]) for name in names},
        rounding,
        smallest,
    )
