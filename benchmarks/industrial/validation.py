"""Settings compared without a test picture: on held-out normals with drawn defects."""

import numpy as np

from benchmarks.industrial.detectors import train
from benchmarks.industrial.pictures import as_array


def validate(pictures, variant, seed, epochs, learned, judged):
    """Trains on some kinds of simulated defects and judges by others.

    Args:
        pictures: `IndustrialPictures`; of the normal ones the held-out are judged.
        variant: name in `DETECTORS`.
        seed: int.
        epochs: int or None.
        learned: tuple of kinds of `SimulatedDefects` for the training.
        judged: tuple of kinds for the judgement, others.

    Returns:
        Dictionary from "score" and the terms to dictionaries from kind and fill to
        AUROC, with their "mean".
    """
    from keras_novnorm.layers import SimulatedDefects
    from keras_novnorm.layers.simulated_defects import FILLS
    from keras_novnorm.metrics import auroc

    detector = train(pictures, variant, seed, epochs, learned)
    normal = as_array(pictures.calibration, detector.image_shape)
    of_normal = detector.predict(normal, verbose=0)
    found = {name: {} for name in ("score", *detector.term_names)}
    for kind in judged:
        for fill in FILLS:
            drawn, masks = map(
                np.asarray, SimulatedDefects((kind,), (fill,), seed=1)(normal)
            )
            seen = masks.sum(axis=(1, 2, 3)) > 4  # others have no defect to be found
            outputs = detector.predict(drawn[seen], verbose=0)
            labels = [0] * len(normal) + [1] * int(seen.sum())
            for name, values in found.items():
                values[f"{kind}, {fill}"] = auroc(
                    labels, np.concatenate([of_normal[name], outputs[name]])
                )
    for values in found.values():
        values["mean"] = float(np.mean(list(values.values())))
    return found
