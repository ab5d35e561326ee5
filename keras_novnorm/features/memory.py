"""A memory of normal vectors, and the nearest of them."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.layers.statistic import add_statistic

FAR = 1e30
"""Squared distance of a neighbour that there is not."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class Memory(keras.layers.Layer):
    """Keeps vectors in padded weights, and finds the nearest in the graph.

    Args:
        capacity: how many vectors there is room for.
        size: number of entries of a vector.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        vectors: float32 tensor `[N, D]`.
        count: how many neighbours.

    Returns:
        Tuple of their squared distances, float32 `[N, count]`, the nearest first, and
        their places in the memory, int32 `[N, count]`. Where fewer are kept, the
        last that there is counts again.
    """

    def __init__(self, capacity, size, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.capacity = capacity
        self.size = size
        self.vectors = add_statistic(self, "vectors", (capacity, size), "zeros")
        self.num_kept = add_statistic(self, "num_kept", (), "zeros")
        self.built = True

    def keep(self, vectors):
        """Replace what is kept.

        Args:
            vectors: float array `[N, D]`, at most `capacity` of them.
        """
        padded = np.zeros((self.capacity, self.size), "float32")
        padded[: len(vectors)] = vectors
        self.vectors.assign(padded)
        self.num_kept.assign(len(vectors))

    def call(self, vectors, count=1):
        """Squared distances and places of the nearest."""
        memory = ops.convert_to_tensor(self.vectors)
        products = ops.matmul(vectors, ops.transpose(memory))
        distances = ops.sum(ops.square(memory), axis=-1) - 2.0 * products
        place = ops.cast(ops.arange(self.capacity), "float32")
        distances = ops.where(place < self.num_kept, distances, FAR)
        if count == 1:
            places = ops.argmin(distances, axis=-1)[:, None]
        else:
            _, places = ops.top_k(-distances, min(count, self.capacity))
            last = ops.cast(ops.maximum(self.num_kept, 1.0), "int32") - 1
            rank = ops.minimum(ops.arange(places.shape[-1], dtype="int32"), last)
            places = ops.take(places, rank, axis=-1)
        places = ops.cast(places, "int32")
        # The products only choose: small distances of long vectors have no digits
        # left in them.
        differences = vectors[:, None] - ops.take(memory, places, axis=0)
        return ops.sum(ops.square(differences), axis=-1), places

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "capacity": self.capacity, "size": self.size}


def nearest_squares(vectors, memory, count=1):
    """Squared distances to the nearest vectors.

    Args:
        vectors: float array `[..., D]`.
        memory: float array `[M, D]`.
        count: how many neighbours; the mean over them is returned.

    Returns:
        Float64 array `[N]`, one for each vector; NaN where there is no memory.
    """
    from sklearn.neighbors import NearestNeighbors

    vectors = vectors.reshape(-1, vectors.shape[-1])
    if not len(memory):
        return np.full(len(vectors), np.nan)
    search = NearestNeighbors(n_neighbors=min(count, len(memory)), algorithm="brute")
    distances, _ = search.fit(memory).kneighbors(vectors)
    return np.square(distances).mean(axis=1)
