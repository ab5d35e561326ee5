"""p-value of a score against the scores of held-out normals."""

from keras import ops


def p_values(scores, sorted_calibration_scores, num_scores):
    """Share of normals at least as novel: `(1 + #{calibration >= s}) / (n + 1)`.

    Args:
        scores: float tensor `[B]`.
        sorted_calibration_scores: float tensor `[capacity]`, ascending; the first
            `capacity - n` are minus infinity.
        num_scores: float scalar, the number `n` of calibration scores.

    Returns:
        Float32 tensor `[B]` in (0, 1].
    """
    below = ops.searchsorted(sorted_calibration_scores, scores, side="left")
    capacity = ops.shape(sorted_calibration_scores)[0]
    at_least = ops.cast(capacity - below, "float32")
    return (1.0 + at_least) / (num_scores + 1.0)
