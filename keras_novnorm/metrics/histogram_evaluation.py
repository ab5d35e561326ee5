"""All metrics of a test set whose scores were counted."""

from keras_novnorm.metrics.bounded_metrics import (
    bounded_auroc,
    bounded_average_precision,
    bounded_fpr_at_tpr,
)
from keras_novnorm.metrics.evaluation import warnings_of
from keras_novnorm.metrics.intervals import (
    auroc_interval,
    bootstrap_interval,
    wilson_interval,
)
from keras_novnorm.metrics.labels import OneClassOnlyError
from keras_novnorm.metrics.score_histogram import DROPPED_BITS

CONFIDENCE = 0.95
_METRICS = {
    "auroc": bounded_auroc,
    "average_precision": bounded_average_precision,
    "fpr_at_95_tpr": bounded_fpr_at_tpr,
}


def evaluate_histograms(normal, novel, confidence=CONFIDENCE):
    """What `evaluate_scores` gives, from counted scores, with how sure it is.

    Args:
        normal: `ScoreHistogram` of the normal images.
        novel: `ScoreHistogram` of the novel images.
        confidence: float in (0, 1), of the intervals.

    Returns:
        Dictionary: `num_images`, `num_normal`, `num_novel`, `auroc`,
        `average_precision`, `fpr_at_95_tpr`, `false_positive_rate`, `detection_rate`,
        `intervals` (name of a metric to two ends: how far it may be off because images
        are few), `confidence`, `is_exact`, `bounds` (name to two ends: where the exact
        metric lies for sure; empty where all are exact) and `messages`. What is not
        defined is `None`, and a message says why.

    Raises:
        ValueError: if scores are not finite.
    """
    is_exact = not (normal.dropped_bits or novel.dropped_bits)
    result, bounds, messages = {}, {}, []
    for name, measure in _METRICS.items():
        try:
            found = measure(normal, novel)
        except OneClassOnlyError as error:
            result[name] = None
            messages.append(str(error))
            continue
        result[name], bounds[name] = found.value, (found.low, found.high)
    for name, counted in (("false_positive_rate", normal), ("detection_rate", novel)):
        # Verdicts are counted, not read off the bins: nothing is left open.
        result[name] = rate_of(counted)
    return {
        "num_images": normal.size + novel.size,
        "num_normal": normal.size,
        "num_novel": novel.size,
        **result,
        "intervals": _intervals(normal, novel, bounds, confidence),
        "confidence": confidence,
        "is_exact": is_exact,
        "bounds": {}
        if is_exact
        else {name: list(ends) for name, ends in bounds.items()},
        "messages": messages + warnings_of(result["auroc"]),
    }


def evaluate_slice(all_normal, normal, novel, confidence=CONFIDENCE):
    """What a detector does on some of the images: a class, a lot, a camera.

    Args:
        all_normal: `ScoreHistogram` of the normal images of the whole test set, which
            the novel ones of the slice are compared with.
        normal: `ScoreHistogram` of the slice's normal images.
        novel: `ScoreHistogram` of its novel images.
        confidence: float in (0, 1), of the intervals.

    Returns:
        Dictionary: `num_images`, `num_normal`, `num_novel`, `auroc`,
        `false_positive_rate`, `detection_rate`, and `intervals` of these. What is not
        defined, for want of normal or of novel images, is `None`.
    """
    intervals = {}
    try:
        found = bounded_auroc(all_normal, novel)
    except OneClassOnlyError:
        auroc = None
    else:
        auroc = found.value
        ends = {"auroc": (found.low, found.high)}
        intervals = _auroc_interval(all_normal, novel, ends, confidence)
    return {
        "num_images": normal.size + novel.size,
        "num_normal": normal.size,
        "num_novel": novel.size,
        "auroc": auroc,
        "false_positive_rate": rate_of(normal),
        "detection_rate": rate_of(novel),
        "intervals": intervals | _rate_intervals(normal, novel, confidence),
    }


def rate_of(counted):
    """Returns float, the share of the scores that are flagged, or `None` of none."""
    return counted.num_flagged / counted.size if counted.size else None


def _intervals(normal, novel, bounds, confidence):
    intervals = _auroc_interval(normal, novel, bounds, confidence)
    if bounds:
        # The images' own chance is far wider than a bin.
        coarse = [counted.coarsened(DROPPED_BITS) for counted in (normal, novel)]
        for name in ("average_precision", "fpr_at_95_tpr"):
            low, high = bootstrap_interval(name, *coarse, confidence=confidence)
            least, most = bounds[name]
            intervals[name] = [min(low, least), max(high, most)]
    return intervals | _rate_intervals(normal, novel, confidence)


def _auroc_interval(normal, novel, bounds, confidence):
    if "auroc" not in bounds:
        return {}
    low, high = (
        auroc_interval(end, normal.size, novel.size, confidence)[side]
        for side, end in enumerate(bounds["auroc"])
    )
    return {"auroc": [low, high]}


def _rate_intervals(normal, novel, confidence):
    counted = {"false_positive_rate": normal, "detection_rate": novel}
    return {
        name: list(wilson_interval(one.num_flagged, one.size, confidence))
        for name, one in counted.items()
        if one.size
    }
