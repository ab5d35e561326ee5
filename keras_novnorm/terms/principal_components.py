"""Principal components of pictures, and their errors on what they did not see."""

import numpy as np

_FOLDS = 5


def principal_components(pictures, components):
    """Mean and basis of pictures.

    An error has to be left: of `N` pictures all that they differ in is `N - 1`
    components, and as many components as pixels rebuild any picture. So there are at
    most `N - 2`, and half as many as pixels.

    Args:
        pictures: float array `[N, P]`.
        components: how many, at most.

    Returns:
        Tuple of float32 arrays `[P]` and `[P, K]`, with `K` at most `components`.
    """
    from sklearn.decomposition import PCA

    count = min(components, len(pictures) - 2, pictures.shape[1] // 2)
    # Of equal pictures there is a mean and nothing else.
    if count < 1 or not np.any(np.ptp(pictures, axis=0)):
        mean = pictures.mean(axis=0).astype("float32")
        return mean, np.zeros((pictures.shape[1], 0), "float32")
    pca = PCA(count, svd_solver="randomized", random_state=0).fit(pictures)
    return pca.mean_.astype("float32"), pca.components_.T.astype("float32")


def left_out_errors(pictures, components):
    """Errors of pictures on components that are fitted to the others.

    Components fit the pictures that they come from better than any others, so that
    the moments which normalise errors are taken of pictures left out, in turn: each
    alone where there are fewer than ten, else a fifth of them.

    Args:
        pictures: float array `[N, P]`.
        components: how many, at most.

    Returns:
        Tuple of float arrays `[N]`: mean squared errors, and the mean squares of what
        each is a difference of; both None where there are no others.
    """
    if len(pictures) < 2:
        return None, None
    number = _FOLDS if len(pictures) >= 2 * _FOLDS else len(pictures)
    # By position: pictures next to one another are often of one thing.
    folds = np.arange(len(pictures)) * number // len(pictures)
    errors, sizes = [], []
    for fold in range(number):
        chosen = folds == fold
        mean, basis = principal_components(pictures[~chosen], components)
        centred = pictures[chosen] - mean
        rest = centred - centred @ basis @ basis.T
        errors.append(np.square(rest).mean(axis=1))
        sizes.append(np.square(pictures[chosen]).mean(axis=1) + np.square(mean).mean())
    return np.concatenate(errors), np.concatenate(sizes)


def error_of_another(picture):
    """What a picture is expected to differ by from the only one that is known.

    As much as from that one itself with its pixels in any other order: nothing else
    is known.

    Args:
        picture: float array `[P]`.

    Returns:
        Float64, a mean squared difference.
    """
    return 2.0 * float(np.var(picture, dtype="float64"))
