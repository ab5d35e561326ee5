"""Average precision, exact."""

from keras_novnorm.metrics.labels import check_labels_and_scores


def average_precision(labels, scores):
    """Precision averaged over the recall of novel images.

    Args:
        labels: array-like `[N]` of 0 (normal) and 1 (novel).
        scores: array-like `[N]`, higher for more novel.

    Returns:
        Float in [0, 1].

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if the input is malformed.

    Example:

    >>> average_precision([1, 0, 0], [1e-10, 0.0, 0.0])
    1.0
    """
    from sklearn.metrics import average_precision_score

    labels, scores = check_labels_and_scores(labels, scores, "Average precision")
    return float(average_precision_score(labels, scores))
