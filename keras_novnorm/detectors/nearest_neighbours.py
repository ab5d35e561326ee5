"""Distance to the nearest normal images."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.detectors.argument_checks import check_sides
from keras_novnorm.detectors.estimated_detector import EstimatedDetector
from keras_novnorm.features.reservoir import Reservoir
from keras_novnorm.layers.statistic import add_statistic
from keras_novnorm.terms.principal_components import error_of_another
from keras_novnorm.terms.rounding import difference_rounding, smallest_difference

_FAR = 1e30  # the place of a neighbour that there is not
_CAPACITY = 1024
_BYTES = 2**26
"""Of the kept images; of large ones there is room for fewer."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NearestNeighboursDetector(EstimatedDetector):
    """An image is novel that is far from all normal ones, pixel by pixel.

    The mean squared difference from the nearest normal images, the mean over
    `neighbours` of them; its map is the squared difference from the very nearest.

    Args:
        image_shape: `(height, width, channels)`.
        neighbours: how many neighbours count.
        capacity: how many normal images are kept; of more, as many are drawn at
            random, always the same ones. 1024 unless given, or as many as fit into
            64 MiB: 341 of 128x128 in colour, 85 of 256x256.
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
    RECIPE = {"batch_size": 32}  # memory for a batch of large images and their hashes
    PRESETS = {
        "nearest_neighbours": {
            "description": "Nearest of 64x64 normal pictures; no training.",
            "image_shape": (64, 64, 3),
        },
    }

    def __init__(self, image_shape, neighbours=1, capacity=None, **kwargs):
        if capacity is None:
            capacity = _default_capacity(image_shape, neighbours)
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
        sample, seen = Reservoir(self.capacity), 0
        for images in batches:
            places = np.arange(seen, seen + len(images))
            sample.update(images.reshape(len(images), -1), places)
            seen += len(images)
        flat, places = sample.rows()
        padded = np.zeros(self.memory.shape, "float32")
        padded[: len(flat)] = flat
        self.memory.assign(padded)
        self.memory_mean.assign(flat.mean(axis=0))
        self.num_kept.assign(len(flat))
        distances = self._distances_of_others(batches, flat, places)
        if not len(distances):
            distances = np.array([error_of_another(flat[0])])
        return {self.MEASURES[0]: distances}

    def _distances_of_others(self, batches, kept, places):
        # Centred, so that the products keep their digits; they only choose.
        mean = self.memory_mean.numpy()
        memory = kept - mean
        squares = np.square(memory).sum(axis=1)
        distances, seen = [], 0
        for images in batches:
            flat = images.reshape(len(images), -1)
            order = squares - 2.0 * (flat - mean) @ memory.T
            nearest = np.argsort(order, axis=1, kind="stable")[:, : self.neighbours + 1]
            for place, (image, found) in enumerate(zip(flat, nearest, strict=True)):
                others = found[places[found] != seen + place][: self.neighbours]
                if len(others):
                    distances.append(np.square(image - kept[others]).mean())
            seen += len(flat)
        return np.array(distances, "float32")

    def measure(self, images):
        """Mean squared difference from the nearest, float32 `[B]`."""
        squares = ops.square(self._differences(images, self.neighbours))
        return self._mean_of_nearest(ops.mean(squares, axis=-1), self.num_kept)

    def measure_trained(self, images):
        """The same, where the nearest is not the image itself."""
        number = min(self.neighbours + 1, self.capacity)
        squares = ops.square(self._differences(images, number))
        distances = ops.mean(squares, axis=-1)
        distances = ops.pad(distances, ((0, 0), (0, self.neighbours + 1 - number)))
        itself = distances[:, :1] <= smallest_difference(self._size(images))[:, None]
        distances = ops.where(itself, distances[:, 1:], distances[:, :-1])
        others = self.num_kept - ops.cast(itself, "float32")
        return self._mean_of_nearest(distances, others)

    def _mean_of_nearest(self, distances, there):
        """Of `[B, neighbours]`, of which so many as are `there` count."""
        count = ops.clip(there, 1.0, float(self.neighbours))
        places = ops.cast(ops.arange(self.neighbours), "float32")
        counted = distances * ops.cast(places < there, "float32")
        count = ops.reshape(count, (-1,))
        return {self.MEASURES[0]: ops.sum(counted, axis=-1) / count}

    def rounding(self, images, values):
        """Of a difference of two images."""
        size = self._size(images)
        rounding = difference_rounding(values, size, self.memory_mean.shape[0])
        return rounding, smallest_difference(size)

    def pixel_map(self, images):
        """Squared difference from the nearest image, the mean over channels."""
        difference = ops.reshape(self._differences(images, 1), (-1, *self.image_shape))
        return ops.mean(ops.square(difference), axis=-1)

    def describe(self):
        """Neighbours, how many images are kept, and statistics of the distance."""
        facts = {
            "neighbours": self.neighbours,
            "kept images": int(self.num_kept.numpy()),
            "room for images": self.capacity,
        }
        return {**super().describe(), "facts": facts}

    def save_own_variables(self, store):
        """Write the weights, of the memory what is kept.

        Args:
            store: dictionary-like, to be filled.
        """
        own = {}
        super().save_own_variables(own)
        kept = int(self.num_kept.numpy())
        own[self._memory_key] = self.memory.numpy()[:kept]
        for name, value in own.items():
            store[name] = value

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote; the rest of the memory is empty.

        Args:
            store: dictionary-like.
        """
        names = list(store.keys())
        own = {name: store[name] for name in names}
        if self._memory_key in own:
            kept = np.asarray(own[self._memory_key])
            rest = max(self.capacity - len(kept), 0)
            own[self._memory_key] = np.pad(kept, ((0, rest), (0, 0)))
        super().load_own_variables(own)

    @property
    def _memory_key(self):
        weights = [*self._trainable_variables, *self._non_trainable_variables]
        return str([id(weight) for weight in weights].index(id(self.memory)))

    def _size(self, images):
        """Mean squares of both, float32 `[B]`: a neighbour is about as large."""
        flat = ops.reshape(images, (-1, self.memory_mean.shape[0]))
        return 2.0 * ops.mean(ops.square(flat), axis=-1)

    def _differences(self, images, number):
        """From the nearest images: float32 `[B, number, P]`, the nearest first."""
        flat = ops.reshape(images, (-1, self.memory_mean.shape[0]))
        # Centred, so that the products keep their digits; they only choose.
        memory = self.memory - self.memory_mean
        products = ops.matmul(flat - self.memory_mean, ops.transpose(memory))
        distances = ops.sum(ops.square(memory), axis=-1) - 2.0 * products
        places = ops.cast(ops.arange(self.capacity), "float32")
        distances = ops.where(places < self.num_kept, distances, _FAR)
        _, nearest = ops.top_k(-distances, number)
        return flat[:, None] - ops.take(self.memory, nearest, axis=0)


def _default_capacity(image_shape, neighbours):
    fitting = _BYTES // (4 * int(np.prod(check_sides(image_shape))))
    return max(min(_CAPACITY, fitting), neighbours + 1)
