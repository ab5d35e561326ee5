"""The contract that every one-class detector keeps."""

from keras import ops

from keras_novnorm.detectors.argument_checks import check_numbers
from keras_novnorm.detectors.preset_detector import PresetDetector
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.anomaly_map import AnomalyMap
from keras_novnorm.scoring.full_precision import full_precision


class OneClassDetector(PresetDetector):
    """Learns what is normal from normal images alone, and scores every image.

    A method is a subclass. It writes how it learns (see the families:
    `EstimatedDetector` in one pass, `TrainedDetector` by a loss), `score_parts`,
    `part_names`, `pixel_map` where it can tell where, `describe`, and `SIGNS` and
    `MINIMUMS` of its own collapse. All else is given: outputs, calibration, maps,
    saving, export, report, command and pipeline know no method.

    A higher score is more novel. The score of an image depends on no other.

    Args:
        image_shape: `(height, width, channels)` of the images.
        calibration_capacity: how many calibration scores are kept.
        map_sigma: smoothing of the anomaly map, in pixels; one 28th of the longer
            side unless given.
        **kwargs: passed to `ImageModel`: `resize`, `tile_overlap`, `value_range`,
            `recipe`, `preset`, and what `keras.Model` takes.

    Call arguments:
        images: uint8 `[B, H, W, C]` in [0, 255], or float in [0, 1].

    Returns:
        Dictionary of tensors `[B]` under `output_names`.
    """

    MINIMUMS = {}
    """From `SIGNS` to the least value of each in a training that works."""

    IS_ESTIMATED = False
    """Whether `fit` is one exact pass, after which `adapt` has nothing to add."""

    can_reconstruct = False
    """Whether a method has `reconstruct(images)`, of the images' shape."""

    ARGUMENTS = (*PresetDetector.ARGUMENTS, "map_sigma")

    def __init__(
        self, image_shape, calibration_capacity=8192, map_sigma=None, **kwargs
    ):
        check_numbers({"map_sigma": map_sigma})
        super().__init__(image_shape, calibration_capacity, **kwargs)
        self.map_sigma = map_sigma
        sigma = max(self.image_shape[:2]) / 28 if map_sigma is None else map_sigma
        self.map_error = AnomalyMap(sigma, name="map_error")

    @property
    def part_names(self):
        """Names of the parts of the score, in their order; a method's own."""
        raise NotImplementedError(f"{type(self).__name__} has no `part_names`.")

    def score_parts(self, images):
        """Score of each image and what it is made of; a method's own.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Tuple of the score, float32 `[B]`, in deviations of the normal class
            unless `score_unit` says otherwise, and a dictionary of `part_names`,
            float32 `[B]` each.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `score_parts`.")

    def trained_parts(self, images):
        """As `score_parts`, of images that were learned from, as if they were new.

        What a method keeps of an image makes that image ordinary to it: one that keeps
        much looks away from it here, so that strangers among the normals stand out.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            As `score_parts`, and the same unless a method knows better.
        """
        return self.score_parts(images)

    def pixel_map(self, images):
        """Where each image is novel, not smoothed; a method's own if `has_map`.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Float32 tensor `[B, H, W]`, not negative.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `pixel_map`.")

    def score_parts_and_map(self, images):
        """`score_parts` and `pixel_map`, of one pass where a method shares work.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Tuple of score, parts and map.
        """
        return *self.score_parts(images), self.pixel_map(images)

    def describe(self):
        """What the method says of itself, for `inspect`, model card and report.

        Returns:
            Dictionary of JSON values: `facts`, from names to one value each, and
            whatever else.
        """
        return {"facts": {}}

    @property
    def term_names(self):
        """Names of the parts that have a scale of their own on normals."""
        return tuple(n for n in self.part_names if n != "normalized_score")

    @property
    def normalized_after(self):
        """From names of terms to `"log"` or `"identity"`, where `normalization`, a
        `NoveltyNormalization`, standardises them; in its order."""
        return {}

    @property
    def output_names(self):
        """Names of all outputs of an image, in the order of tables."""
        return ("score", *self.part_names, "p_value", "threshold", "is_novel")

    @under_keras_settings
    def call(self, images, training=False):
        """Score images; batch statistics play no part, in training neither."""
        return self._outputs_of(self.score_parts, images)

    @under_keras_settings
    def score_trained(self, images):
        """Score images that were learned from, each as if it were new.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            As `call`; see `trained_parts`.
        """
        return self._outputs_of(self.trained_parts, images)

    @under_keras_settings
    def score_and_map(self, images):
        """Outputs and anomaly map of each image, of one pass.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Tuple of what `call` and what `anomaly_map` return.

        Raises:
            ValueError: if the detector has no map.
        """
        self._check_map()
        images, finite = self.finite_images(images)
        with full_precision(*self.layers):
            score, parts, values = self.score_parts_and_map(images)
        values = nan_unless(finite, self.map_error.smooth(values))
        return self._outputs(score, parts, finite), values

    @under_keras_settings
    def anomaly_map(self, images):
        """Where each image is novel, at the image's size, smoothed.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W]`, higher where the image is more novel; NaN of
            an image with NaN or infinite values.

        Raises:
            ValueError: if the detector has no map.
        """
        self._check_map()
        images, finite = self.finite_images(images)
        with full_precision(*self.layers):
            values = self.pixel_map(images)
        return nan_unless(finite, self.map_error.smooth(values))

    def _outputs_of(self, parts_of, images):
        images, finite = self.finite_images(images)
        with full_precision(*self.layers):
            score, parts = parts_of(images)
        return self._outputs(score, parts, finite)

    def _check_map(self):
        if not self.has_map:
            raise ValueError(
                f"This detector (method {self.METHOD}, preset {self.preset}) has no "
                "anomaly map: it tells that an image is novel, not where."
            )

    def _outputs(self, score, parts, finite):
        score = nan_unless(ops.logical_and(finite, ops.isfinite(score)), score)
        parts = {name: nan_unless(finite, parts[name]) for name in self.part_names}
        return {"score": score, **parts, **self.verdicts(score)}


def nan_unless(finite, values):
    """Values `[B, ...]`, and NaN in those of images that are not finite.

    Args:
        finite: bool tensor `[B]`.
        values: float tensor `[B, ...]`.

    Returns:
        Float tensor `[B, ...]`.
    """
    shape = (-1, *[1] * (len(values.shape) - 1))
    return ops.where(ops.reshape(finite, shape), values, float("nan"))
