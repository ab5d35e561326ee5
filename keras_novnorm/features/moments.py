"""Mean and covariance of vectors that are read once, with some of them left out."""

import numpy as np


class Moments:
    """Sums over vectors, apart for each fold, so that a fold can be left out.

    Args:
        size: number of entries of a vector.
        folds: number of folds.
    """

    def __init__(self, size, folds):
        self._count = np.zeros(folds)
        self._sum = np.zeros((folds, size))
        self._product = np.zeros((folds, size, size))
        # For the shrinkage: of squared lengths, of their squares, and of them times
        # the vector.
        self._length = np.zeros(folds)
        self._square = np.zeros(folds)
        self._scaled = np.zeros((folds, size))
        self._origin = None

    def update(self, vectors, folds):
        """Add vectors.

        Args:
            vectors: float array `[N, D]`.
            folds: int array `[N]`, the fold of each.
        """
        vectors = np.asarray(vectors, "float64")
        if self._origin is None:
            # Sums of squares keep their digits near the middle.
            self._origin = vectors.mean(axis=0)
        vectors = vectors - self._origin
        for fold in np.unique(folds):
            chosen = vectors[folds == fold]
            lengths = np.square(chosen).sum(axis=1)
            self._count[fold] += len(chosen)
            self._sum[fold] += chosen.sum(axis=0)
            self._product[fold] += chosen.T @ chosen
            self._length[fold] += lengths.sum()
            self._square[fold] += np.square(lengths).sum()
            self._scaled[fold] += lengths @ chosen

    def estimate(self, without=None):
        """Mean and covariance, shrunk towards a ball (Ledoit, Wolf 2004).

        Args:
            without: fold that is left out, or `None`.

        Returns:
            Tuple of float64 arrays `[D]` and `[D, D]`.

        Raises:
            ValueError: if nothing is left.
        """
        kept = np.arange(len(self._count)) != without
        count = self._count[kept].sum()
        if not count:
            raise ValueError("There is no vector to estimate from.")
        mean = self._sum[kept].sum(axis=0) / count
        covariance = self._product[kept].sum(axis=0) / count - np.outer(mean, mean)
        scale = np.trace(covariance) / len(mean)
        eye = np.eye(len(mean))
        distance = np.square(covariance - scale * eye).sum()
        # The sum of the fourth powers of centred lengths, from the sums kept.
        centre = mean @ mean
        fourth = (
            self._square[kept].sum()
            + 4.0 * mean @ self._product[kept].sum(axis=0) @ mean
            + count * centre**2
            - 4.0 * mean @ self._scaled[kept].sum(axis=0)
            + 2.0 * centre * self._length[kept].sum()
            - 4.0 * centre * (mean @ self._sum[kept].sum(axis=0))
        )
        spread = (fourth / count - np.square(covariance).sum()) / count
        share = float(np.clip(spread / distance, 0.0, 1.0)) if distance > 0 else 1.0
        shrunk = (1.0 - share) * covariance + share * scale * eye
        return mean + self._origin, shrunk


def whitening_matrix(mean, covariance, resolution):
    """Brings vectors to variance one in every direction.

    Args:
        mean: float array `[D]`.
        covariance: float array `[D, D]`.
        resolution: no direction is taken to be narrower than this share of what its
            entries are, root mean square: below it is rounding.

    Returns:
        Float64 array `[D, D]`; vectors minus the mean, times it, are white.
    """
    values, vectors = np.linalg.eigh(covariance)
    size = (np.trace(covariance) + mean @ mean) / len(mean)
    floor = max(resolution**2 * size, np.finfo("float32").tiny)
    return vectors / np.sqrt(np.maximum(values, floor))
