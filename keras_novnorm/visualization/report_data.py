"""What a report's page knows of each picture, to move the threshold by itself."""

import numpy as np

MOST_EMBEDDED = 20_000
_LABELS = {0: "0", 1: "1"}


def report_data(labels, scores, is_novel, class_names, threshold, calibration_scores):
    """Scores and verdicts, as short as they can be without a verdict changing.

    Scores are written so that the page reads the very numbers that were compared
    with the threshold: the shortest digits of float32 where they are float32, of
    float64 else. Of more than `MOST_EMBEDDED` pictures a random sample is taken.

    Args:
        labels: int `[N]`: 0 normal, 1 novel, -1 not known.
        scores: float `[N]`.
        is_novel: bool `[N]`.
        class_names: list of `N` names.
        threshold: float.
        calibration_scores: float `[n]`, or `None`.

    Returns:
        Dictionary of JSON values.
    """
    labels, scores = np.asarray(labels), np.asarray(scores)
    calibration = np.sort(
        np.asarray([] if calibration_scores is None else calibration_scores)
    )
    chosen = np.arange(len(scores))
    if len(chosen) > MOST_EMBEDDED:
        generator = np.random.default_rng(0)
        chosen = np.sort(generator.choice(chosen, MOST_EMBEDDED, replace=False))
    types, numbers = np.unique(
        np.asarray(class_names, str)[chosen], return_inverse=True
    )
    single = _is_single(scores) and _is_single(calibration)
    return {
        "single": single,
        "scores": _numbers(scores[chosen], single),
        "labels": "".join(_LABELS.get(int(label), "?") for label in labels[chosen]),
        "novel": "".join("01"[int(novel)] for novel in np.asarray(is_novel)[chosen]),
        "types": numbers.ravel().tolist(),
        "typeNames": types.tolist(),
        "threshold": float(threshold),
        "calibration": _numbers(calibration, single),
    }


def _is_single(values):
    """Whether float32 holds all values."""
    values = np.asarray(values, "float64")
    with np.errstate(over="ignore"):
        return bool(np.all((values.astype("float32") == values) | np.isnan(values)))


def _numbers(values, single):
    values = np.asarray(values, "float32" if single else "float64")
    # Through text: the shortest that gives the same number back.
    return [_finite(float(str(value))) for value in values]


def _finite(value):
    """JSON has neither infinity nor NaN."""
    if value != value:
        return None
    return min(max(value, -1e300), 1e300)
