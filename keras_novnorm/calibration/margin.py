"""The margin of every comparison of scores, in favour of normal."""

import numpy as np

MARGIN = 1e-3
"""Scores closer than this, in deviations of the normal class, are a tie.

The same picture scored alone, in a batch, by an export or on another machine differs
by rounding, 1e-4 deviations and less. Without a margin the picture that sets the
threshold would be above it every other time.
"""


def place_scores(scores, margin):
    """Calibration scores, of which none lies where a verdict hangs on rounding.

    A picture counts as more novel than a calibration picture when its score is above
    that one's by more than the margin. Where another calibration score lies just
    there, rounding decides between them. Such a score is moved, by half a margin at
    most, so that this place falls into the widest gap near it.

    Args:
        scores: float32 array `[n]`.
        margin: float, in the unit of the scores; 0 moves nothing.

    Returns:
        Float32 array `[n]`, ascending.
    """
    scores = np.sort(np.asarray(scores, "float32"))
    if not margin > 0 or scores.size == 0:
        return scores
    exact = scores.astype("float64")
    placed = exact.copy()
    for index, score in enumerate(exact):
        first, last = np.searchsorted(exact, (score, score + 2.0 * margin))
        near = exact[first : last + 1]
        if np.min(np.abs(near - (score + margin))) >= margin / 4:
            continue
        low, high = score + margin / 2, score + 1.5 * margin
        middles = (near[1:] + near[:-1]) / 2
        places = np.concatenate(
            [[low, high], middles[(middles > low) & (middles < high)]]
        )
        distances = np.min(np.abs(places[:, None] - near[None, :]), axis=1)
        placed[index] = places[np.argmax(distances)] - margin
    return np.sort(placed).astype("float32")
