"""Distance to the nearest normal images."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.detectors.estimated_detector import EstimatedDetector
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.rounding import difference_rounding, smallest_difference

_FAR = 1e30  # the place of a neighbour that there is not


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NearestNeighboursDetector(EstimatedDetector):
    """An image is novel that is far from all normal ones, pixel by pixel.

    The mean squared difference from the nearest normal images, the mean over
    `neighbours` of them; its map is the squared difference from the very nearest.

    Args:
        image_shape: `(height, width, channels)`.
        neighbours: how many neighbours count.
        capacity: how many normal images are kept; of more, as many are drawn at
            random, always the same ones.
        **kwargs: passed to `OneClassDetector`.

    Raises:
        ValueError: if `neighbours` or `capacity` is not positive.

    Example:

    >>> shape = (8, 8, 1)
    >>> detector = NearestNeighboursDetector.from_preset("nearest_neighbours", shape)
    >>> detector.fit(normal_images)  # doctest: +SKIP
    >>> detector.calibrate(held_out_normal_images)  # doctest: +SKIP
    """

    METHOD = "nearest_neighbours"
    MEASURES = ("neighbour_distance",)
    ARGUMENTS = (*EstimatedDetector.ARGUMENTS, "neighbours", "capacity")
    PRESETS = {
        "nearest_neighbours": {
            "description": "Nearest of 64x64 normal pictures; no training.",
            "image_shape": (64, 64, 3),
        },
    }

    def __init__(self, image_shape, neighbours=1, capacity=1024, **kwargs):
        for name, value in (("neighbours", neighbours), ("capacity", capacity)):
            if value < 1:
                raise ValueError(f"`{name}` must be 1 or more. Received: {value}")
        if neighbours > capacity:
            raise ValueError(f"`neighbours` must be at most `capacity`: {capacity}.")
        super().__init__(image_shape, **kwargs)
        self.neighbours = neighbours
        self.capacity = capacity
        self.build((None, *self.image_shape))

    def build(self, input_shape):
        """Create the memory of normal images, empty."""
        if not hasattr(self, "memory"):
            pixels = int(np.prod(self.image_shape))
            self.memory = add_statistic(
                self, "memory", (self.capacity, pixels), "zeros"
            )
            self.memory_mean = add_statistic(self, "memory_mean", (pixels,), "zeros")
            self.num_kept = add_statistic(self, "num_kept", (), "zeros")
        super().build(input_shape)

    def fit_normals(self, batches):
        """Keep the images; each is measured by the others."""
        flat = np.concatenate([images.reshape(len(images), -1) for images in batches])
        kept = np.arange(len(flat))
        if len(flat) > self.capacity:
            generator = np.random.default_rng(0)
            kept = np.sort(generator.choice(len(flat), self.capacity, replace=False))
        padded = np.zeros(self.memory.shape, "float32")
        padded[: len(kept)] = flat[kept]
        self.memory.assign(padded)
        self.memory_mean.assign(flat[kept].mean(axis=0))
        self.num_kept.assign(len(kept))
        return {self.MEASURES[0]: self._distances_of_others(flat, kept)}

    def _distances_of_others(self, flat, kept):
        from sklearn.neighbors import NearestNeighbors

        if len(kept) < 2:
            return np.zeros(len(flat), "float32")
        count = min(self.neighbours, len(kept) - 1)
        search = NearestNeighbors(n_neighbors=count + 1, algorithm="brute")
        nearest = kept[search.fit(flat[kept]).kneighbors(flat, return_distance=False)]
        distances = []
        for place, found in enumerate(nearest):
            others = found[found != place][:count]
            distances.append(np.square(flat[place] - flat[others]).mean())
        return np.array(distances, "float32")

    def measure(self, images):
        """Mean squared difference from the nearest, float32 `[B]`."""
        squares = ops.square(self._differences(images))
        count = ops.minimum(float(self.neighbours), ops.maximum(self.num_kept, 1.0))
        places = ops.cast(ops.arange(self.neighbours), "float32")
        there = ops.cast(places < count, "float32")
        distances = ops.mean(squares, axis=-1) * there
        return {self.MEASURES[0]: ops.sum(distances, axis=-1) / count}

    def rounding(self, images, values):
        """Of a difference of two images."""
        flat = ops.reshape(images, (-1, self.memory_mean.shape[0]))
        # The neighbour is about as large as the image.
        size = 2.0 * ops.mean(ops.square(flat), axis=-1)
        rounding = difference_rounding(values, size, self.memory_mean.shape[0])
        return rounding, smallest_difference(size)

    def pixel_map(self, images):
        """Squared difference from the nearest image, the mean over channels."""
        difference = ops.reshape(
            self._differences(images)[:, 0], (-1, *self.image_shape)
        )
        return ops.mean(ops.square(difference), axis=-1)

    def describe(self):
        """Neighbours, how many images are kept, and statistics of the distance."""
        kept = int(self.num_kept.numpy())
        facts = {"neighbours": self.neighbours, "kept images": kept}
        return {**super().describe(), "facts": facts}

    def _differences(self, images):
        """From the nearest images: float32 `[B, neighbours, P]`, the nearest first."""
        flat = ops.reshape(images, (-1, self.memory_mean.shape[0]))
        # Centred, so that the products keep their digits; they only choose.
        memory = self.memory - self.memory_mean
        products = ops.matmul(flat - self.memory_mean, ops.transpose(memory))
        distances = ops.sum(ops.square(memory), axis=-1) - 2.0 * products
        places = ops.cast(ops.arange(self.capacity), "float32")
        distances = ops.where(places < self.num_kept, distances, _FAR)
        _, nearest = ops.top_k(-distances, self.neighbours)
        return flat[:, None] - ops.take(self.memory, nearest, axis=0)
