"""Parts of a score with their statistics on normals, in plain values."""


def describe_terms(detector):
    """Each term with its mean and deviation, and the kept extremes.

    Args:
        detector: a `OneClassDetector` with a `normalization`.

    Returns:
        Dictionary of `terms`, `score_min` and `score_max`.
    """
    normalization = detector.normalization
    mean = normalization.term_mean.numpy().tolist()
    deviations = normalization.deviations().numpy().tolist()
    return {
        "terms": [
            {
                "name": name,
                "normalized_after": after,
                "mean_on_normals": mean[index],
                "deviation_on_normals": deviations[index],
            }
            for index, (name, after) in enumerate(detector.normalized_after.items())
        ],
        "score_min": float(normalization.score_min.numpy()),
        "score_max": float(normalization.score_max.numpy()),
    }
