"""The family of detectors whose score is made of measures of each image."""

from keras import ops

from keras_novnorm.detectors.describe_terms import describe_terms
from keras_novnorm.detectors.one_class_detector import OneClassDetector
from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.terms.rounding import own_rounding


class MeasuredDetector(OneClassDetector):
    """A detector that brings measures to the normal class's own scale.

    A method writes `MEASURES` and `measure`. The score is the logarithm of each
    measure, standardised (eq. (6) term by term) and combined by log-sum-exp; so it is
    in deviations of the normal class.

    Args:
        *args: passed to `OneClassDetector`.
        **kwargs: passed to `OneClassDetector`.
    """

    MEASURES = ()
    """Names of what `measure` gives; a method's own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        number = len(self.MEASURES)
        self.normalization = NoveltyNormalization(number, name="normalization")
        self.combine = Combination(weights=[1 / number] * number, name="combine")

    def build(self, input_shape):
        """Create the state that all such detectors have."""
        if not self.normalization.built:
            self.normalization.build((None,))
        super().build(input_shape)

    def measure(self, images):
        """How far each image is from the normal ones; a method's own.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Dictionary of `MEASURES` to float32 `[B]`, not negative.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `measure`.")

    def measure_trained(self, images):
        """As `measure`, of images that were learned from, as if they were new.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Dictionary of `MEASURES` to float32 `[B]`, not negative; what `measure`
            says unless a method knows better.
        """
        return self.measure(images)

    def rounding(self, images, values):
        """What rounding leaves of a measure; one of differences says more.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].
            values: float32 `[B]`, one of `measure`'s.

        Returns:
            Tuple of float32 `[B]`: how far rounding moves the logarithm, and the
            value below which it is rounding alone.
        """
        logarithms = ops.log(values + EPSILON)
        return own_rounding(logarithms, True), ops.zeros_like(values)

    def rounding_of_measures(self, images):
        """Measures of images, and what rounding leaves of them.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            Tuple of what `measure` gives, and a dictionary of `MEASURES` to what
            `rounding` gives.
        """
        values = self.measure(images)
        return values, {n: self.rounding(images, values[n]) for n in self.MEASURES}

    @property
    def part_names(self):
        """`normalized_score`, eq. (6) of the first measure, and the measures."""
        return ("normalized_score", *self.MEASURES)

    def score_parts(self, images):
        """Score, `normalized_score` and measures of each image."""
        return self.score_of_measures(self.measure(images))

    def trained_parts(self, images):
        """Score, `normalized_score` and measures of each image as if it were new."""
        return self.score_of_measures(self.measure_trained(images))

    def score_of_measures(self, parts):
        """Score and parts of measures.

        Args:
            parts: as `measure` gives them.

        Returns:
            As `score_parts`.
        """
        values = ops.stack([parts[name] for name in self.MEASURES], axis=-1)
        standardized = self.normalization.standardize(ops.log(values + EPSILON))
        normalized = self.normalization(values[:, 0])
        score = self.combine(standardized, values[:, 0])
        return score, {"normalized_score": normalized, **parts}

    @property
    def normalized_after(self):
        """Of each measure the logarithm is standardised."""
        return dict.fromkeys(self.MEASURES, "log")

    def describe(self):
        """Measures with their statistics on normals."""
        return {"facts": {}, **describe_terms(self)}
