"""Area under the ROC curve, exact."""

from keras_novnorm.metrics.labels import check_labels_and_scores


def auroc(labels, scores):
    """Chance that a novel image scores above a normal one, ties counting half.

    Exact, by ranks; `keras.metrics.AUC` sorts scores into buckets in [0, 1].

    Args:
        labels: array-like `[N]` of 0 (normal) and 1 (novel).
        scores: array-like `[N]`, higher for more novel.

    Returns:
        Float in [0, 1].

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if the input is malformed.

    Example:

    >>> auroc([0, 0, 1, 1], [10, 20, 30, 40])
    1.0
    """
    from sklearn.metrics import roc_auc_score

    labels, scores = check_labels_and_scores(labels, scores, "AUROC")
    return float(roc_auc_score(labels, scores))
