"""Scores that are made of normalised terms, with an autoencoder or without."""

import keras
from keras import ops

from keras_novnorm import terms as terms_module
from keras_novnorm.detectors.argument_checks import (
    check_map_term,
    check_networks,
    check_terms,
)
from keras_novnorm.detectors.describe_terms import describe_terms
from keras_novnorm.detectors.novelty import scoring
from keras_novnorm.detectors.one_class_detector import nan_unless
from keras_novnorm.detectors.trained_detector import TrainedDetector
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization


class ScoredByTerms(TrainedDetector):
    """A detector whose score is a combination of terms, each in its own deviations.

    Args:
        encoder: as in `NoveltyDetector`, and so with the others.
        decoder: see there.
        terms: see there.
        combination: see there.
        novelty_weight: see there.
        extremes_gradient: see there.
        extremes_momentum: see there.
        map_term: see there.
        image_shape: see there.
        **kwargs: passed to `TrainedDetector`.

    Raises:
        ValueError: if networks or terms do not fit together.
    """

    NETWORKS = ("encoder", "decoder")
    ARGUMENTS = (
        *TrainedDetector.ARGUMENTS,
        "combination",
        "novelty_weight",
        "extremes_gradient",
        "extremes_momentum",
        "map_term",
    )

    def __init__(
        self,
        encoder,
        decoder,
        terms,
        combination,
        novelty_weight,
        extremes_gradient,
        extremes_momentum,
        map_term,
        image_shape,
        **kwargs,
    ):
        terms = [terms_module.get(term) for term in terms]
        image_shape = check_networks(encoder, decoder, terms, image_shape)
        super().__init__(image_shape, **kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.terms = terms
        self.combination = combination
        self.novelty_weight = novelty_weight
        self.extremes_gradient = extremes_gradient
        self.extremes_momentum = extremes_momentum
        self.map_term = map_term
        check_terms(self.terms, combination, self.image_shape)
        check_map_term(self.terms, map_term)
        self.normalization = NoveltyNormalization(
            len(self.term_names),
            extremes_gradient,
            extremes_momentum=extremes_momentum,
            name="normalization",
        )
        weights = scoring.term_weights(self.term_names, novelty_weight)
        self.combine = Combination(combination, weights, name="combine")

    def build(self, input_shape):
        """Create the state that is not the encoder's or the decoder's."""
        latent_shape = self.encoder.output_shape if self.encoder else None
        for term in self.terms:
            if not term.built:
                term.build(latent_shape)
        if not self.normalization.built:
            self.normalization.build((None,))
        super().build(input_shape)

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
        score, paper = scoring.combined_scores(self, observation, values)
        parts = dict(zip(self.term_names, values, strict=True))
        parts["normalized_score"] = self.normalization(paper)
        return score, parts

    @property
    def has_map(self):
        """Whether a term, or the autoencoder, tells where."""
        return self._drawing_term is not None or self.encoder is not None

    @property
    def can_reconstruct(self):
        """Whether there is an autoencoder."""
        return self.encoder is not None

    @property
    def _drawing_term(self):
        if self.map_term is not None:
            return self.terms[self.term_names.index(self.map_term)]
        if self.encoder is not None:
            return None
        able = [term for term in self.terms if hasattr(term, "pixel_map")]
        return able[0] if able else None

    def _pixel_map(self, observation):
        if self._drawing_term is not None:
            return self._drawing_term.pixel_map(observation)
        error = observation.images - observation.reconstructions
        return ops.mean(ops.square(error), axis=-1)

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

        Raises:
            ValueError: if there is no autoencoder.
        """
        if self.encoder is None:
            raise ValueError(
                f"This detector has no autoencoder to reconstruct with: its terms "
                f"{list(self.term_names)} look at the pictures alone."
            )
        observation = self.observe(images)
        return nan_unless(observation.finite, observation.reconstructions)

    def describe(self):
        """Combination, terms with their statistics, extremes."""
        facts = {"combination": self.combination}
        if self.encoder is None:
            facts["autoencoder"] = "none: no term reads it"
        return {**facts, **describe_terms(self), "facts": facts}

    def get_config(self):
        """Constructor arguments and settings, as plain values."""
        config = super().get_config()
        if self.encoder is not None:
            del config["image_shape"]  # the encoder's
        terms = [keras.saving.serialize_keras_object(term) for term in self.terms]
        return {**config, "terms": terms}

    @classmethod
    def from_config(cls, config):
        """A detector from `get_config`'s dictionary, whatever Keras' settings are."""
        # A copy: Keras takes a functional model's configuration apart as it reads.
        terms = keras.tree.map_structure(lambda leaf: leaf, config["terms"])
        return super().from_config({**config, "terms": terms})
