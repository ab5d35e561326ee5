"""What is in a detector, as plain values."""

import keras
import tensorflow as tf

from keras_novnorm.version import __version__


def describe_detector(detector):
    """Everything a reader of a score needs to know about its detector.

    Args:
        detector: a `NoveltyDetector`.

    Returns:
        Dictionary of JSON values: preset, image shape, terms with their
        statistics, combination, threshold with its unit and origin, versions.
    """
    normalization = detector.normalization
    mean = normalization.term_mean.numpy().tolist()
    deviations = normalization.deviations().numpy().tolist()
    calibrated = detector.is_calibrated
    return {
        "preset": detector.preset,
        "image_shape": list(detector.image_shape),
        "resize": detector.resize,
        "tile_overlap": detector.tile_overlap,
        "parameters": detector.count_params() - _remembered(detector),
        "combination": detector.combination,
        "terms": [
            {
                "name": term.name,
                "normalized_after": term.normalized_after,
                "mean_on_normals": mean[index],
                "deviation_on_normals": deviations[index],
            }
            for index, term in enumerate(detector.terms)
        ],
        "score_min": float(normalization.score_min.numpy()),
        "score_max": float(normalization.score_max.numpy()),
        "calibrated": calibrated,
        "threshold": detector.threshold if calibrated else None,
        "threshold_unit": (
            "the unit of `score`; novel is score > threshold by more than `margin`"
        ),
        "margin": detector.margin,
        "target_fpr": detector.target_fpr if calibrated else None,
        "num_calibration_images": int(detector.calibration.num_scores.numpy()),
        "map_threshold": detector.map_threshold if calibrated else None,
        "map_scale": detector.map_scale if calibrated else None,
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
