"""What a detector has to beat: two methods of a few lines, on small grey pictures."""

import numpy as np

SIZE = 64
NEIGHBOURS = 1


def pca_reconstruction(train, test, components, seed):
    """Reconstruction by the principal components of the normal pictures.

    Args:
        train: float array [N, H, W, 1], normal.
        test: float array [M, H, W, 1].
        components: int, how many components.
        seed: int, of the randomized solver.

    Returns:
        Tuple of scores [M], mean squared errors, and maps [M, H, W], squared errors.
    """
    from sklearn.decomposition import PCA

    flat = train.reshape(len(train), -1)
    pca = PCA(components, svd_solver="randomized", random_state=seed).fit(flat)
    given = test.reshape(len(test), -1)
    rebuilt = pca.inverse_transform(pca.transform(given))
    error = np.square(given - rebuilt)
    return error.mean(axis=1), error.reshape(test.shape[:3])


def nearest_neighbours(train, test, neighbours=NEIGHBOURS):
    """Distance to the nearest normal pictures, pixel by pixel.

    Args:
        train: float array [N, H, W, 1], normal.
        test: float array [M, H, W, 1].
        neighbours: int, how many; the mean of their distances counts.

    Returns:
        Tuple of scores [M] and maps [M, H, W], squared differences from the nearest.
    """
    from sklearn.neighbors import NearestNeighbors

    flat = train.reshape(len(train), -1)
    search = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(flat)
    distances, nearest = search.kneighbors(test.reshape(len(test), -1))
    maps = np.square(test - train[nearest[:, 0]])[..., 0]
    return distances.mean(axis=1), maps
