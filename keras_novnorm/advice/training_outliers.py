"""Training pictures that may not be normal, by their own scores."""

import numpy as np

from keras_novnorm.advice.finding import Finding

LIMIT = 8.0
"""Deviations above the median from which a training picture deserves a look."""

MOST_SHOWN = 20
ALWAYS_SHOWN = 10
_FEWEST = 8
# For normally distributed scores, the deviation is so many median deviations.
_MEDIAN_TO_DEVIATION = 1.4826


def most_novel(paths, scores, number=ALWAYS_SHOWN):
    """The training pictures that a person should look at, whatever their scores.

    Strangers among the normals that are many, or not far out, stand out by no limit;
    yet they rank first.

    Args:
        paths: list of N str.
        scores: float array [N], of the finished detector on its own training pictures.
        number: int.

    Returns:
        List of dict of `path` and `score`, the most novel first.
    """
    scores = np.asarray(scores, "float64")
    order = np.argsort(-scores, kind="stable")[:number]
    return [{"path": paths[n], "score": float(scores[n])} for n in order]


def find_training_outliers(paths, scores, limit=LIMIT):
    """Finds training pictures that stand far out from the rest of them.

    With `m` the median of the scores and `d` 1.4826 times the median of the distances
    of those above `m`, a picture deserves a look where

        (score - m) / d > 8

    Medians are not moved by a few bad pictures, and distances of the upper half alone
    allow for scores that have a longer tail there. For scores that follow a normal
    distribution that is eight deviations; with an exponential tail it is about one
    picture in 5,000.

    Args:
        paths: list of N str.
        scores: float array [N], of the finished detector on its own training pictures.
        limit: float.

    Returns:
        `Finding` whose numbers are `pictures`, a list of dict of `path`, `score` and
        `deviations`, the most novel first, and `limit`; or None: none stands out.
    """
    scores = np.asarray(scores, "float64")
    if scores.size < _FEWEST:
        return None
    median = np.median(scores)
    above = scores[scores > median] - median
    spread = _MEDIAN_TO_DEVIATION * np.median(above) if above.size else 0.0
    if not spread > 0:
        return None
    deviations = (scores - median) / spread
    order = np.argsort(-deviations, kind="stable")
    chosen = [place for place in order if deviations[place] > limit]
    if not chosen:
        return None
    pictures = [
        {
            "path": paths[place],
            "score": float(scores[place]),
            "deviations": float(deviations[place]),
        }
        for place in chosen
    ]
    named = ", ".join(one["path"] for one in pictures[:3])
    more = f" and {len(pictures) - 3} more" if len(pictures) > 3 else ""
    return Finding(
        "training_outliers",
        f"{len(pictures)} of {scores.size} training pictures may not be normal: they "
        f"score more than {limit:g} deviations above the others. Look at "
        f"{named}{more}. If they are not normal, take them out and train again.",
        {"pictures": pictures, "limit": limit},
    )
