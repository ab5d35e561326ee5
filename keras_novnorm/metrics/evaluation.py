"""All metrics of a scored test set."""

import numpy as np

from keras_novnorm.metrics.auroc import auroc
from keras_novnorm.metrics.average_precision import average_precision
from keras_novnorm.metrics.fpr_at_tpr import fpr_at_95_tpr
from keras_novnorm.metrics.labels import OneClassOnlyError

# Below it, the ranking is more wrong than right.
CHANCE = 0.5


def evaluate_scores(labels, scores, is_novel, groups=None):
    """Metrics of a test set that was scored with a calibrated detector.

    Nothing is fitted here: verdicts come from the threshold that calibration set.

    Args:
        labels: array-like `[N]` of 0 (normal) and 1 (novel).
        scores: array-like `[N]`, higher for more novel.
        is_novel: array-like `[N]` of bool, the verdicts.
        groups: array-like `[N]` of names (class, defect type), or `None`.

    Returns:
        Dictionary: `num_images`, `num_normal`, `num_novel`, `auroc`,
        `average_precision`, `fpr_at_95_tpr`, `false_positive_rate`, `detection_rate`,
        `groups` and `messages`. What is not defined is `None`, and a message says why.

        `groups` maps each name to `num_images`, `label` (of most of its images),
        `flagged_rate` and `auroc`: of the novel images of the group against all
        normal ones, `None` for a group of normal images.
    """
    labels = np.asarray(labels).astype(int)
    scores = np.asarray(scores, "float64")
    is_novel = np.asarray(is_novel).astype(bool)
    messages = []

    def defined(metric):
        try:
            return metric(labels, scores)
        except OneClassOnlyError as error:
            messages.append(str(error))
            return None

    def rate(mask):
        return float(np.mean(is_novel[mask])) if np.any(mask) else None

    result = {
        "num_images": int(labels.size),
        "num_normal": int(np.sum(labels == 0)),
        "num_novel": int(np.sum(labels == 1)),
        "auroc": defined(auroc),
        "average_precision": defined(average_precision),
        "fpr_at_95_tpr": defined(fpr_at_95_tpr),
        "false_positive_rate": rate(labels == 0),
        "detection_rate": rate(labels == 1),
        "groups": _by_group(labels, scores, is_novel, groups),
    }
    return {**result, "messages": messages + warnings_of(result["auroc"])}


def warnings_of(auroc):
    """What a reader of an AUROC should be told.

    Args:
        auroc: float or `None`.

    Returns:
        List of str.
    """
    if auroc is None or auroc >= CHANCE:
        return []
    return [
        f"AUROC is {auroc:.3f}, below chance. Labels may be swapped: 1 is novel, 0 is "
        "normal. Nothing was flipped."
    ]


def _by_group(labels, scores, is_novel, groups):
    if groups is None:
        return {}
    groups = np.asarray(groups).astype(str)
    return {
        str(name): {
            "num_images": int(np.sum(groups == name)),
            "label": int(np.round(np.mean(labels[groups == name]))),
            "flagged_rate": float(np.mean(is_novel[groups == name])),
            "auroc": _against_normals(labels, scores, groups == name),
        }
        for name in np.unique(groups)
    }


def _against_normals(labels, scores, members):
    chosen = (labels == 0) | members
    try:
        return auroc(labels[chosen], scores[chosen])
    except OneClassOnlyError:
        return None
