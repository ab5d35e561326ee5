"""False-positive rate at a fixed detection rate, exact."""

import numpy as np

from keras_novnorm.metrics.labels import check_labels_and_scores


def fpr_at_95_tpr(labels, scores, tpr=0.95):
    """Share of normal images flagged where 95% of the novel ones are.

    The threshold is the largest `t` with `mean(novel >= t) >= tpr`, which is one of
    the novel scores; the result is `mean(normal >= t)`. An image at the threshold is
    flagged, whichever its label: a normal image that ties with the last novel one
    needed counts as a false positive. Nothing is interpolated.

    Source: Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure", ICLR
    2019. Others take the normal images for the positive ones: not the same number.

    Args:
        labels: array-like `[N]` of 0 (normal) and 1 (novel).
        scores: array-like `[N]`, higher for more novel.
        tpr: float in (0, 1], the share of novel images to flag.

    Returns:
        Float in [0, 1], lower is better.

    Raises:
        OneClassOnlyError: if only one class is there.
        ValueError: if the input is malformed.

    Example:

    >>> fpr_at_95_tpr([0, 0, 0, 0, 1, 1], [10, 20, 30, 40, 30, 50])
    0.5
    """
    if not 0 < tpr <= 1:
        raise ValueError(
            f"`tpr` is the share of novel images to flag, in (0, 1]. Received: {tpr}"
        )
    name = f"FPR at {100 * tpr:g}% TPR"
    labels, scores = check_labels_and_scores(labels, scores, name)
    novel = np.sort(scores[labels == 1])[::-1]
    # Flagged shares are compared as quotients: `ceil(tpr * N)` is one too many for
    # some, as for 0.07 * 100.
    flagged = np.arange(1, novel.size + 1) / novel.size
    threshold = novel[np.searchsorted(flagged, tpr)]
    return float(np.mean(scores[labels == 0] >= threshold))
