"""How much of each output is one deviation of the normal class."""

import numpy as np

from keras_novnorm.calibration.margin import MARGIN


def output_units(detector, outputs):
    """The unit in which differences of outputs are judged.

    Outputs have scales of their own: a reconstruction error of 1e-3, a logit of -9.
    What counts is what a difference does to the score.

    Args:
        detector: a `NoveltyDetector`.
        outputs: dictionary of arrays `[N]`, as `predict` returns.

    Returns:
        Dictionary from the names of all outputs but `p_value` and `is_novel` to float64
        arrays `[N]`.
    """
    normalization = detector.normalization
    score = detector.margin / MARGIN
    low, high = (
        float(x.numpy()) for x in (normalization.score_min, normalization.score_max)
    )
    of_paper = float(normalization.score_deviation().numpy())
    units = {
        "score": score,
        "threshold": score,
        "normalized_score": of_paper / (high - low) if high > low else of_paper,
    }
    deviations = normalization.deviations().numpy().astype("float64")
    smallest = normalization.term_smallest.numpy().astype("float64")
    for index, term in enumerate(detector.terms):
        units[term.name] = deviations[index]
        if term.normalized_after == "log":
            # d log(v) = dv / v
            values = np.asarray(outputs[term.name], "float64")
            units[term.name] = deviations[index] * np.maximum(
                values, np.exp(np.maximum(smallest[index], -30.0))
            )
    shape = np.shape(outputs["score"])
    return {name: np.broadcast_to(unit, shape) for name, unit in units.items()}
