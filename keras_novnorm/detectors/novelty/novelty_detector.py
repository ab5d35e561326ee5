"""The detector: an autoencoder, the terms of its score, and a calibration."""

import keras
from keras import ops

from keras_novnorm import terms as terms_module
from keras_novnorm.detectors.argument_checks import (
    check_map_term,
    check_networks,
    check_numbers,
    check_terms,
)
from keras_novnorm.detectors.describe_terms import describe_terms
from keras_novnorm.detectors.novelty import scoring, training_step
from keras_novnorm.detectors.novelty.adaptation import adapt_statistics
from keras_novnorm.detectors.novelty.collapse_signs import MINIMUMS, SIGNS
from keras_novnorm.detectors.novelty.presets import PRESETS, build_preset
from keras_novnorm.detectors.one_class_detector import nan_unless
from keras_novnorm.detectors.trained_detector import TrainedDetector
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.terms.novelty_score import NoveltyScore

DEFAULT_TERMS = ("reconstruction_error", "novelty_score", "reencoding_error")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NoveltyDetector(TrainedDetector):
    """One-class detector by novelty normalization (Wu, Lu, Fuh, Liu).

    Trained on normal images alone, it gives every image a score, the terms that
    the score is made of, a p-value and a verdict. A higher score is more novel.
    The score of an image does not depend on what else is in its batch.

    Args:
        encoder: Keras model `[B, H, W, C] -> [B, D]`, built.
        decoder: Keras model `[B, D] -> [B, H, W, C]` in [0, 1], built.
        terms: names or `Term`s that the score is made of.
        combination: `"log_sum_exp"`, `"mean"` or `"paper"`, see `Combination`.
        novelty_weight: `l1` of eq. (7), the share of the novelty score in the loss.
            In the score it is the share only where the terms are the paper's two;
            otherwise each term has the same.
        count_weight: `l2` of eq. (4), the weight of the count penalty.
        latent_noise: deviation of the noise put on `z` before the decoder in
            training, in deviations of each latent over the batch.
        extremes_gradient: `"hold"` or `"flow"`, see `NoveltyNormalization`.
        extremes_momentum: weight of the past in the kept extremes; `None` for the
            paper's plain average over training.
        normalize_loss: whether the loss is eq. (6) of `S`, or, for comparison, `S`
            itself: an autoencoder without novelty normalization.
        map_term: name of the term that draws the anomaly map, one with a `pixel_map`;
            the reconstruction error of each pixel unless given.
        **kwargs: passed to `OneClassDetector` (`resize`, `value_range`, `recipe`,
            `calibration_capacity`, ...). `dtype` is the policy of what is made here;
            networks that are given keep theirs, those of `from_preset` take it over.

    Raises:
        ValueError: if an argument has no meaning, or networks or terms do not fit
            together.

    Call arguments:
        images: uint8 `[B, H, W, C]` in [0, 255], or float in [0, 1].

    Returns:
        Dictionary, each `[B]`: `score`, `normalized_score` (eq. (6) of eq. (7)
        with the kept extremes: the paper's `p(x)`, eq. (5)), one value per term
        under its name, `p_value`, `threshold`, `is_novel`.

    Example:

    >>> detector = NoveltyDetector.from_preset("mnist")
    >>> detector.compile()
    >>> detector.fit(normal_ds)  # doctest: +SKIP
    >>> detector.calibrate(held_out_normal_ds, target_fpr=0.01)  # doctest: +SKIP
    >>> detector.predict(images)["is_novel"]  # doctest: +SKIP
    """

    METHOD = "novelty"
    PRESETS = PRESETS
    NETWORKS = ("encoder", "decoder")
    ARGUMENTS = (
        *TrainedDetector.ARGUMENTS,
        "combination",
        "novelty_weight",
        "count_weight",
        "latent_noise",
        "extremes_gradient",
        "extremes_momentum",
        "normalize_loss",
        "map_term",
    )
    SIGNS = SIGNS
    MINIMUMS = MINIMUMS

    def __init__(
        self,
        encoder,
        decoder,
        terms=DEFAULT_TERMS,
        combination="log_sum_exp",
        novelty_weight=0.5,
        count_weight=1e-5,
        latent_noise=0.3,
        extremes_gradient="hold",
        extremes_momentum=None,
        normalize_loss=True,
        map_term=None,
        **kwargs,
    ):
        check_networks(encoder, decoder)
        check_numbers(
            {
                "novelty_weight": novelty_weight,
                "count_weight": count_weight,
                "latent_noise": latent_noise,
            }
        )
        super().__init__(encoder.input_shape[1:], **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.terms = [terms_module.get(term) for term in terms]
        self.combination = combination
        self.novelty_weight = novelty_weight
        self.count_weight = count_weight
        self.latent_noise = latent_noise
        self.extremes_gradient = extremes_gradient
        self.extremes_momentum = extremes_momentum
        self.normalize_loss = normalize_loss
        self.map_term = map_term
        check_terms(self.terms, combination, self.image_shape)
        check_map_term(self.terms, map_term)
        self.novelty_term = next(
            (term for term in self.terms if isinstance(term, NoveltyScore)), None
        )
        self.normalization = NoveltyNormalization(
            len(self.term_names),
            extremes_gradient,
            extremes_momentum=extremes_momentum,
            name="normalization",
        )
        weights = scoring.term_weights(self.term_names, novelty_weight)
        self.combine = Combination(combination, weights, name="combine")
        self.noise_generator = keras.random.SeedGenerator()
        self.error_tracker = _mean("reconstruction_error")
        self.variation_tracker = _mean("reconstruction_variation")
        self.latents_tracker = _mean("active_latents")
        if self.novelty_term is not None:
            self.novelty_tracker = _mean("novelty_deviation")
        self.build((None, *self.image_shape))

    @classmethod
    def preset_arguments(cls, preset, image_shape, overrides):
        """Arguments of a preset, with new networks; `overrides` may have `network`:
        a dictionary of `presets.NETWORK` keys (`filters`, `latent_dim`, ...)."""
        return build_preset(preset, image_shape, overrides)

    def build(self, input_shape):
        """Create the state that is not the encoder's or the decoder's."""
        latent_shape = self.encoder.output_shape
        for term in self.terms:
            if not term.built:
                term.build(latent_shape)
        if not self.normalization.built:
            self.normalization.build((None,))
        super().build(input_shape)

    @under_keras_settings
    def adapt(self, data, batch_size=None, verbose="auto"):
        """Re-estimate all normal statistics on the final weights, in one pass.

        `fit` keeps running estimates while the weights still move; these are
        exact. Extremes become the averages of the batch extremes.

        Args:
            data: images of the normal class that training saw, as in `fit`. Not
                the calibration images: p-values would lie.
            batch_size: images per step, where `data` is not batched yet.
            verbose: 0 for silence, 1 or "auto" for a progress bar.

        Raises:
            NonFiniteError: if there are NaN or infinite values in images, or come of
                them; nothing is changed then.
        """
        adapt_statistics(self, data, batch_size or self.recipe["batch_size"], verbose)

    @property
    def term_names(self):
        """Names of the terms, in their order."""
        return tuple(term.name for term in self.terms)

    @property
    def normalized_after(self):
        """What of each term is standardised."""
        return {term.name: term.normalized_after for term in self.terms}

    @property
    def part_names(self):
        """`normalized_score`, eq. (6) of eq. (7), and the terms."""
        return ("normalized_score", *self.term_names)

    @under_keras_settings
    def observe(self, images, training=False):
        """Run the autoencoder on images as they come.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].
            training: whether noise is put on the latents.

        Returns:
            An `Observation`.
        """
        return scoring.observe(self, *self.finite_images(images), training)

    @under_keras_settings
    def term_values(self, observation):
        """Value of each term, a list of float32 `[B]` in the order of `terms`."""
        return scoring.term_values(self, observation)

    def normalizable_values(self, values):
        """What the moments are taken of, from `term_values`: float32 `[B, K]`."""
        return scoring.normalizable_values(self.terms, values)

    def paper_scores(self, observation, values):
        """`S_i = (1 - l1) L_r + l1 L_ns`, eq. (7), from `term_values`: `[B]`."""
        return scoring.paper_scores(self, observation, values)

    def score_parts(self, images):
        """Score, `normalized_score` and terms of each image."""
        return self._score(scoring.observe(self, images))

    def pixel_map(self, images):
        """Squared error of each pixel, or what `map_term` draws."""
        return self._pixel_map(scoring.observe(self, images))

    def score_parts_and_map(self, images):
        """Both, of one pass through the autoencoder."""
        observation = scoring.observe(self, images)
        return *self._score(observation), self._pixel_map(observation)

    def _score(self, observation):
        values = self.term_values(observation)
        paper = scoring.paper_scores(self, observation, values)
        standardized = self.normalization.standardize(
            scoring.normalizable_values(self.terms, values)
        )
        parts = dict(zip(self.term_names, values, strict=True))
        parts["normalized_score"] = self.normalization(paper)
        return self.combine(standardized, paper), parts

    def _pixel_map(self, observation):
        if self.map_term is None:
            error = observation.images - observation.reconstructions
            return ops.mean(ops.square(error), axis=-1)
        return self.terms[self.term_names.index(self.map_term)].pixel_map(observation)

    def score_unit(self):
        """A deviation of the normal class, in the unit of `score`: float32 scalar."""
        if self.combination == "paper":
            return self.normalization.score_deviation()
        return super().score_unit()

    def reconstruct(self, images):
        """`De(En(x))` of each image.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W, C]`.
        """
        observation = self.observe(images)
        return nan_unless(observation.finite, observation.reconstructions)

    def describe(self):
        """Combination, terms with their statistics, extremes."""
        facts = {"combination": self.combination}
        return {**facts, **describe_terms(self), "facts": facts}

    @property
    def num_steps(self):
        """Batches behind the kept extremes."""
        return self.normalization.num_updates

    def before_training(self, images):
        """Set the decoder's output bias to the mean, where it has one to set."""
        if initialize := getattr(self.decoder, "initialize_output_bias", None):
            initialize(ops.mean(images, axis=(0, 1, 2)))

    def compute_loss(self, observation, training=True, sample_weight=None):
        """Loss of a batch, eq. (4) in the form that trains: see `training_step`."""
        return training_step.compute_loss(self, observation, training, sample_weight)

    def train_step(self, data):
        """One step: loss, scaled gradients, update, statistics.

        A batch that is not finite changes nothing; `step_guard` remembers it.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of metric values.
        """
        return training_step.train_step(self, data)

    def test_step(self, data):
        """Loss and metrics of one batch with the kept statistics.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of metric values.
        """
        return training_step.test_step(self, data)

    def get_config(self):
        """Constructor arguments and settings, as plain values."""
        config = super().get_config()
        del config["image_shape"]  # the encoder's
        terms = [keras.saving.serialize_keras_object(term) for term in self.terms]
        return {**config, "terms": terms}

    @classmethod
    def from_config(cls, config):
        """A detector from `get_config`'s dictionary, whatever Keras' settings are."""
        # A copy: Keras takes a functional model's configuration apart as it reads.
        terms = keras.tree.map_structure(lambda leaf: leaf, config["terms"])
        return super().from_config({**config, "terms": terms})


def _mean(name):
    return keras.metrics.Mean(name, dtype="float32")
