"""Whitening: distances in deviations of the normal class, in every direction."""

import keras
from keras import ops

from keras_novnorm.features.moments import whitening_matrix
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.rounding import RESOLUTION, difference_rounding


@keras.saving.register_keras_serializable(package="keras_novnorm")
class Whitening(keras.layers.Layer):
    """Vectors minus a mean, times a matrix; the squared length is Mahalanobis'.

    Args:
        size: number of entries of a vector.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        vectors: float32 tensor `[..., D]`.

    Returns:
        Float32 tensor `[..., D]`.
    """

    def __init__(self, size, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.size = size
        self.mean = add_statistic(self, "mean", (size,), "zeros")
        self.matrix = add_statistic(
            self, "matrix", (size, size), keras.initializers.Identity()
        )
        self.built = True

    def call(self, vectors):
        """Whitened vectors."""
        return ops.matmul(vectors - self.mean, self.matrix)

    def fit(self, moments):
        """Take mean and covariance of normals.

        Args:
            moments: `Moments`.
        """
        mean, covariance = moments.estimate()
        self.mean.assign(mean)
        self.matrix.assign(whitening_matrix(mean, covariance, RESOLUTION))

    def operands(self, vectors):
        """Squared length of what a whitened vector is a difference of, both sides.

        Args:
            vectors: float32 tensor `[..., D]`.

        Returns:
            Float32 tensor `[...]`.
        """
        # Bound by the lengths: rounding does not know directions.
        gain = ops.mean(ops.sum(ops.square(self.matrix), axis=1))
        sides = ops.sum(ops.square(vectors), -1) + ops.sum(ops.square(self.mean))
        return gain * sides

    def rounding(self, vectors, squares):
        """What rounding leaves of a squared length.

        Args:
            vectors: float32 tensor `[B, D]`.
            squares: float32 tensor `[B]`, squared lengths of whitened vectors.

        Returns:
            Tuple of float32 `[B]`: how far rounding moves the logarithm, and the
            square below which it is rounding alone.
        """
        size = self.operands(vectors)
        return difference_rounding(squares, size, self.size), RESOLUTION**2 * size

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "size": self.size}


def white_without(moments, fold):
    """Whitening by all folds but one.

    Args:
        moments: `Moments`.
        fold: the fold that is left out.

    Returns:
        Function of a float array `[..., D]` to a whitened one.
    """
    mean, covariance = moments.estimate(without=fold)
    matrix = whitening_matrix(mean, covariance, RESOLUTION)
    return lambda vectors: (vectors - mean) @ matrix
