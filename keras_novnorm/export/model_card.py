"""What is in a detector, as plain values."""

import keras
import tensorflow as tf

from keras_novnorm.version import __version__


def describe_detector(detector):
    """Everything a reader of a score needs to know about its detector.

    Args:
        detector: a `OneClassDetector`.

    Returns:
        Dictionary of JSON values: method, preset, image shape, what the method says of
        itself (terms with their statistics, ...), threshold with its unit and
        origin, versions.
    """
    calibrated = detector.is_calibrated
    mapped = calibrated and detector.has_map
    return {
        "method": detector.METHOD,
        "preset": detector.preset,
        "image_shape": list(detector.image_shape),
        "resize": detector.resize,
        "tile_overlap": detector.tile_overlap,
        "parameters": detector.count_params() - _remembered(detector),
        **detector.describe(),
        "calibrated": calibrated,
        "threshold": detector.threshold if calibrated else None,
        "threshold_unit": (
            "the unit of `score`; novel is score > threshold by more than `margin`"
        ),
        "margin": detector.margin,
        "target_fpr": detector.target_fpr if calibrated else None,
        "num_calibration_images": int(detector.calibration.num_scores.numpy()),
        "has_map": detector.has_map,
        "map_threshold": detector.map_threshold if mapped else None,
        "map_scale": detector.map_scale if mapped else None,
        "calibrated_at": detector.calibration_history.made_at,
        "earlier_calibrations": detector.calibration_history.entries(),
        "value_range": detector.value_range,
        "picture_traits": detector.picture_traits.as_dict(),
        "collapsed": detector.is_collapsed,
        "collapse_signs": detector.collapse_signs,
        "restarts": detector.num_restarts,
        "versions": {
            "keras_novnorm": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }


def _remembered(detector):
    """int, numbers that take no part in any score."""
    memory = (
        detector.calibration_history,
        detector.training_sketch,
        detector.picture_traits,
    )
    return sum(layer.count_params() for layer in memory)
