"""Principal components of pictures, and their errors on what they did not see."""

import numpy as np

_FOLDS = 5


def principal_components(pictures, components):
    """Mean and basis of pictures.

    Args:
        pictures: float array `[N, P]`.
        components: how many, at most.

    Returns:
        Tuple of float32 arrays `[P]` and `[P, K]`, with `K` at most `components`.
    """
    from sklearn.decomposition import PCA

    count = min(components, len(pictures) - 1, pictures.shape[1])
    # Of equal pictures there is a mean and nothing else.
    if count < 1 or not np.any(np.ptp(pictures, axis=0)):
        return pictures.mean(axis=0), np.zeros((pictures.shape[1], 0), "float32")
    pca = PCA(count, svd_solver="randomized", random_state=0).fit(pictures)
    return pca.mean_.astype("float32"), pca.components_.T.astype("float32")


def left_out_errors(pictures, components):
    """Errors of pictures on components that are fitted to the others.

    Components fit the pictures that they come from better than any others, so that
    the moments which normalise errors are taken of pictures left out, in turn.

    Args:
        pictures: float array `[N, P]`.
        components: how many, at most.

    Returns:
        Tuple of float arrays `[N]`: mean squared errors, and the mean squares of what
        each is a difference of; both None where the pictures are too few.
    """
    if len(pictures) < 2 * _FOLDS:
        return None, None
    # By position: pictures next to one another are often of one thing.
    folds = np.arange(len(pictures)) * _FOLDS // len(pictures)
    errors, sizes = [], []
    for fold in range(_FOLDS):
        chosen = folds == fold
        mean, basis = principal_components(pictures[~chosen], components)
        centred = pictures[chosen] - mean
        rest = centred - centred @ basis @ basis.T
        errors.append(np.square(rest).mean(axis=1))
        sizes.append(np.square(pictures[chosen]).mean(axis=1) + np.square(mean).mean())
    return np.concatenate(errors), np.concatenate(sizes)
