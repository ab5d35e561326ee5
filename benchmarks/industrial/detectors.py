"""Detectors trained, calibrated and scored on industrial pictures."""

import time

import numpy as np

from benchmarks.industrial.pictures import as_array, fitting_shape
from benchmarks.industrial.variants import DETECTORS

TARGET_FPR = 0.05


def train(pictures, variant, seed, epochs=None, kinds=None):
    """Trains a detector on the normal pictures.

    Args:
        pictures: `IndustrialPictures`.
        variant: name in `DETECTORS`.
        seed: int.
        epochs: int, or None: the preset's.
        kinds: tuple of the kinds of simulated defects that it learns on, or None: all.

    Returns:
        `OneClassDetector`, with exact statistics, not calibrated.
    """
    import keras

    from keras_novnorm.detectors import registry

    preset, overrides = DETECTORS[variant]
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    shape = fitting_shape(pictures.train, preset)
    detector = registry.from_preset(preset, shape, **overrides)
    for term in getattr(detector, "terms", ()):
        if kinds and term.name == "defect_evidence":
            term.defects.kinds = tuple(kinds)
    images = as_array(pictures.train, shape)
    detector.compile()
    detector.fit(images, epochs=epochs, restarts=2, verbose=0)
    if not detector.IS_ESTIMATED:
        detector.adapt(images, verbose=0)
    return detector


def score(detector, files):
    """Scores and maps of picture files.

    Args:
        detector: a calibrated `OneClassDetector`.
        files: list of bytes.

    Returns:
        Tuple of outputs, dictionary of arrays [N], and a list of N maps, or None.
    """
    from keras_novnorm.scoring.picture_scoring import score_pictures

    found = list(score_pictures(detector, files, with_maps=True))
    outputs = {
        name: np.array([one.outputs[name] for one in found])
        for name in found[0].outputs
    }
    maps = [one.anomaly_map for one in found] if detector.has_map else None
    return outputs, maps


def run(pictures, variant, seed):
    """One whole training, measured on the test pictures.

    Args:
        pictures: `IndustrialPictures`.
        variant: name in `DETECTORS`.
        seed: int.

    Returns:
        Dictionary of JSON values.
    """
    from benchmarks.industrial.measure import measure
    from keras_novnorm.metrics import auroc
    from keras_novnorm.scoring.picture_scoring import calibrate_on_pictures

    start = time.monotonic()
    detector = train(pictures, variant, seed)
    trained = time.monotonic()
    calibrate_on_pictures(detector, pictures.calibration, TARGET_FPR)
    outputs, maps = score(detector, pictures.test)
    is_novel, labels = outputs["is_novel"], pictures.labels
    return {
        "method": detector.METHOD,
        "image_shape": list(detector.image_shape),
        **measure(pictures, outputs["score"], maps),
        "auroc_of_terms": {
            name: auroc(labels, outputs[name]) for name in detector.term_names
        },
        "target_fpr": TARGET_FPR,
        "false_positive_rate": float(is_novel[labels == 0].mean()),
        "detection_rate": float(is_novel[labels == 1].mean()),
        "epochs": detector.recipe.get("epochs", 1),
        "collapsed": detector.is_collapsed,
        "restarts": detector.num_restarts,
        "train_s": round(trained - start, 1),
        "wall_s": round(time.monotonic() - start, 1),
    }
