"""A model of images: any form of them in, one shape within."""

import warnings

import keras
from keras import ops

from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.detectors.argument_checks import check_recipe, check_sides
from keras_novnorm.detectors.saved_detector import SavedDetector
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.unit_range import UnitRange, check_value_range
from keras_novnorm.training.end_of_data import quiet_end_of_data
from keras_novnorm.training.image_batches import as_batches, unpack_images
from keras_novnorm.training.non_finite import NonFiniteWarning, describe_scores


class ImageModel(SavedDetector):
    """Takes images as they come, and looks at none but finite ones in [0, 1].

    Args:
        image_shape: `(height, width, channels)` of the images.
        resize: how a picture of another size is brought to the detector's:
            `"stretch"`, `"pad"` or `"tiles"` (see `Resizing`).
        tile_overlap: the least share that a tile has in common with the next one.
        value_range: pair `(low, high)` in [0, 1] of values that are spread over the
            whole range before anything else, or `None`.
        recipe: dictionary of what `fit` does where it is not told; its keys are
            those of `RECIPE`.
        preset: name of the preset that the arguments came from, for the record.
        **kwargs: passed to `keras.Model`.

    Raises:
        ValueError: if an argument has no meaning.
    """

    ARGUMENTS = (
        "image_shape",
        "resize",
        "tile_overlap",
        "value_range",
        "recipe",
        "preset",
    )

    RECIPE = {"batch_size": 128}
    """Defaults of `recipe`."""

    def __init__(
        self,
        image_shape,
        resize="stretch",
        tile_overlap=0.25,
        value_range=None,
        recipe=None,
        preset=None,
        **kwargs,
    ):
        image_shape = check_sides(image_shape)
        super().__init__(**kwargs)
        self.image_shape = image_shape
        self.resize = resize
        self.tile_overlap = tile_overlap
        self.resizing = Resizing(*self.image_shape[:2], resize, tile_overlap)
        self.value_range = check_value_range(value_range)
        self.recipe = {**self.RECIPE, **(recipe or {})}
        self.preset = preset
        check_recipe(self.recipe, self.RECIPE)
        self.unit_range = UnitRange(value_range=value_range, name="unit_range")

    def finite_images(self, images):
        """Images in [0, 1], and whether each is finite; those that are not are black.

        What is NaN must not go through the networks: some operations pass it on,
        others make an ordinary number of it.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Tuple of float32 `[B, H, W, C]` and bool `[B]`.
        """
        if not hasattr(images, "dtype"):
            images = ops.convert_to_tensor(images)
        exact = keras.backend.standardize_dtype(images.dtype) == "uint8"
        images = self.unit_range(images)
        if exact:
            return images, ops.ones(ops.shape(images)[:1], "bool")
        finite = ops.all(ops.isfinite(images), axis=(1, 2, 3))
        whole = ops.reshape(finite, (-1, 1, 1, 1))
        return ops.where(whole, images, ops.zeros_like(images)), finite

    def predict_step(self, data):
        """Outputs of one batch.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of outputs, each `[B]`.
        """
        return self(unpack_images(data)[0], training=False)

    @under_keras_settings
    def predict(self, x, batch_size=None, verbose="auto", **kwargs):
        """Outputs of many images, as numpy arrays.

        Args:
            x: as in `fit`; an array is `[N, H, W, C]`.
            batch_size: images per step, where `x` is not batched yet.
            verbose: as in Keras.
            **kwargs: passed to `keras.Model.predict`.

        Returns:
            Dictionary of numpy arrays `[N]`, as `call` returns. Pictures with NaN or
            infinite values have the score and the p-value NaN and are novel; a
            `NonFiniteWarning` names them. The others keep their scores.

        Raises:
            ValueError: if images have another shape than the detector's.
        """
        outputs = self.predict_quietly(x, batch_size, verbose=verbose, **kwargs)
        if problem := describe_scores(outputs["score"]):
            warnings.warn(
                f"{problem}. Their score and p-value are NaN, and they count as novel.",
                NonFiniteWarning,
                stacklevel=3,
            )
        return outputs

    def predict_quietly(self, x, batch_size=None, **kwargs):
        """As `predict`, without a word of pictures that are not finite."""
        x = as_batches(x, self.image_shape, batch_size or 32)
        if hasattr(x, "shape"):
            kwargs["batch_size"] = batch_size or 32
        with quiet_end_of_data(not kwargs.get("steps")):
            return super().predict(x, **kwargs)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing to do: the constructor builds.

        Under a strategy Keras takes the mean of the replicas' first batches here,
        which fails where their shares differ in size, and loses a generator's
        first batch.
        """
