"""What is said of pictures and trainings with NaN or infinite numbers."""

import numpy as np

_NAMED = 10


class NonFiniteError(ValueError):
    """Pictures, or what a training made of them, are NaN or infinite."""


class NonFiniteWarning(UserWarning):
    """Some of the pictures that were scored have no finite score."""


def finite_pictures(images):
    """Which pictures hold finite values only.

    Args:
        images: array or tensor `[N, H, W, C]`.

    Returns:
        Bool array `[N]`.
    """
    finite = np.isfinite(np.asarray(images))
    return finite.reshape(len(finite), -1).all(axis=1)


def name_pictures(finite):
    """The pictures that are not finite, in words.

    Args:
        finite: bool array `[N]`, whether each is.

    Returns:
        Text such as `"2 of 64 pictures (numbers 3 and 17, counted from 0)"`.
    """
    places = np.flatnonzero(~np.asarray(finite, bool))
    named = [str(place) for place in places[:_NAMED]]
    if len(places) > _NAMED:
        named.append(f"{len(places) - _NAMED} more")
    numbers = " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)
    word = "numbers" if len(places) > 1 else "number"
    return f"{len(places)} of {len(finite)} pictures ({word} {numbers}, counted from 0)"


def describe_scores(scores):
    """What to say of scores that are not finite.

    Args:
        scores: float array `[N]`.

    Returns:
        The beginning of a sentence, or None: all are finite.
    """
    finite = np.isfinite(scores)
    if finite.all():
        return None
    if not finite.any():
        return (
            f"None of {len(scores)} pictures has a finite score: the pictures, or the "
            "detector's weights, hold NaN or infinite values"
        )
    return f"{name_pictures(finite)} have NaN or infinite values, or lead to such"
