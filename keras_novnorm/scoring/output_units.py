"""How much of each output is one deviation of the normal class."""

import numpy as np

from keras_novnorm.calibration.margin import MARGIN


def output_units(detector, outputs):
    """The unit in which differences of outputs are judged.

    Outputs have scales of their own: a reconstruction error of 1e-3, a logit of -9.
    What counts is what a difference does to the score.

    Args:
        detector: a `OneClassDetector`.
        outputs: dictionary of arrays `[N]`, as `predict` returns.

    Returns:
        Dictionary from the names of all outputs but `p_value` and `is_novel` to float64
        arrays `[N]`.
    """
    score = detector.margin / MARGIN
    units = {"score": score, "threshold": score}
    for name in detector.part_names:  # where nothing more is known of one
        units[name] = np.maximum(np.abs(outputs.get(name, 0.0)), 1e-6)
    if normalization := getattr(detector, "normalization", None):
        units |= _normalized_units(normalization, detector.normalized_after, outputs)
    shape = np.shape(outputs["score"])
    return {name: np.broadcast_to(unit, shape) for name, unit in units.items()}


def _normalized_units(normalization, normalized_after, outputs):
    low, high = (
        float(x.numpy()) for x in (normalization.score_min, normalization.score_max)
    )
    of_paper = float(normalization.score_deviation().numpy())
    units = {"normalized_score": of_paper / (high - low) if high > low else of_paper}
    deviations = normalization.deviations().numpy().astype("float64")
    smallest = normalization.term_smallest.numpy().astype("float64")
    for index, (name, after) in enumerate(normalized_after.items()):
        units[name] = deviations[index]
        if after == "log":
            # d log(v) = dv / v
            values = np.asarray(outputs[name], "float64")
            units[name] = deviations[index] * np.maximum(
                values, np.exp(np.maximum(smallest[index], -30.0))
            )
    return units
