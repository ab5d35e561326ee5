"""A few vectors that lie near all others: the farthest are taken, one by one."""

import numpy as np

DIMENSIONS = 64
"""Of the random projection that distances are compared in (Johnson, Lindenstrauss)."""


def greedy_coreset(vectors, count, seed=0):
    """Vectors whose largest distance from any other is small (k-centre, greedily).

    Algorithm 1 of Roth et al. 2022: the next one is the farthest from those that were
    taken, after a random projection.

    Args:
        vectors: float array `[N, D]`.
        count: how many are taken.
        seed: int; it draws the projection and the first one.

    Returns:
        Int array `[min(count, N)]` of places, in the order they were taken.
    """
    if count >= len(vectors):
        return np.arange(len(vectors))
    random = np.random.default_rng(seed)
    points = vectors.astype("float32")
    if points.shape[1] > DIMENSIONS:
        projection = random.normal(size=(points.shape[1], DIMENSIONS))
        points = points @ (projection / np.sqrt(DIMENSIONS)).astype("float32")
    points = points - points.mean(axis=0)
    lengths = np.square(points).sum(axis=1)
    place = int(random.integers(len(points)))
    distances = np.full(len(points), np.inf, "float32")
    taken = np.empty(count, int)
    for number in range(count):
        taken[number] = place
        new = lengths + lengths[place] - 2.0 * (points @ points[place])
        np.minimum(distances, new, out=distances)
        distances[place] = -np.inf  # equal vectors: each is taken once
        place = int(distances.argmax())
    return taken
