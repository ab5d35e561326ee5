"""From images to scores: what a detector computes of a batch."""

import keras
from keras import ops

from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.layers.novelty_normalization import LOWEST
from keras_novnorm.models.full_precision import full_precision
from keras_novnorm.models.replicas import batch_variance, draw_share
from keras_novnorm.terms.base import Observation
from keras_novnorm.terms.reconstruction_error import mean_squared_error


class Scoring:
    """The scoring half of `NoveltyDetector`; to be mixed in before `keras.Model`."""

    @under_keras_settings
    def observe(self, images, training=False):
        """Run the autoencoder.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].
            training: whether noise is put on the latents.

        Returns:
            An `Observation`.
        """
        if not training:
            with full_precision(self.encoder, self.decoder, *self.terms):
                return self._observe(images, training=False)
        return self._observe(images, training=True)

    def _observe(self, images, training):
        images, finite = self._finite_images(images)
        latents = self.encoder(images, training=training)
        # Read at once: the next call of the encoder makes them anew.
        losses = list(self.encoder.losses)
        decoded = latents
        if training and self.latent_noise:
            decoded = latents + self._draw_noise(latents)
        reconstructions = self.decoder(decoded, training=training)
        losses += self.decoder.losses
        return Observation(
            images=images,
            latents=latents,
            reconstructions=ops.cast(reconstructions, "float32"),
            encoder=self.encoder,
            decoder=self.decoder,
            training=training,
            losses=losses,
            finite=finite,
        )

    def _finite_images(self, images):
        """Images in [0, 1], and whether each is finite; those that are not are black.

        What is NaN must not go through the networks: some operations pass it on,
        others make an ordinary number of it.
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

    @under_keras_settings
    def term_values(self, observation):
        """Value of each term, a list of float32 `[B]` in the order of `terms`."""
        if observation.training:
            return [term(observation=observation) for term in self.terms]
        with full_precision(self.encoder, *self.terms):
            return [term(observation=observation) for term in self.terms]

    def normalizable_values(self, values):
        """What the moments are taken of, from `term_values`: float32 `[B, K]`."""
        return ops.stack(
            [
                term.to_normalizable(value)
                for term, value in zip(self.terms, values, strict=True)
            ],
            axis=-1,
        )

    def value_limits(self, observation, values):
        """What rounding leaves of each term's value.

        Args:
            observation: an `Observation`.
            values: list of float32 `[B]`, from `term_values`.

        Returns:
            Pair of float32 `[B, K]`: how far rounding moves what `normalizable_values`
            gives, and below what it is rounding alone.
        """
        rounding, smallest = [], []
        for term, value in zip(self.terms, values, strict=True):
            rounding.append(term.rounding(observation, value))
            least = term.smallest(observation)
            smallest.append(ops.full_like(value, LOWEST) if least is None else least)
        return ops.stack(rounding, axis=-1), ops.stack(smallest, axis=-1)

    def paper_scores(self, observation, values):
        """`S_i = (1 - l1) L_r + l1 L_ns`, eq. (7); `L_r` alone without a head.

        Args:
            observation: an `Observation`.
            values: list of float32 `[B]`, from `term_values`.

        Returns:
            Float32 tensor `[B]`.
        """
        error = mean_squared_error(observation.images, observation.reconstructions)
        if self.novelty_term is None:
            return error
        novelty = self.novelty_term.to_paper(
            values[self.terms.index(self.novelty_term)]
        )
        return (1.0 - self.novelty_weight) * error + self.novelty_weight * novelty

    def call(self, images, training=False):
        """Score images; batch statistics play no part, in training neither."""
        return self._outputs(self.observe(images, training=False))

    def score_and_map(self, images):
        """Outputs and anomaly map of each image, of one pass.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Tuple of what `call` and what `anomaly_map` return.
        """
        observation = self.observe(images)
        return self._outputs(observation), self._map(observation)

    def _outputs(self, observation):
        values = self.term_values(observation)
        paper = self.paper_scores(observation, values)
        standardized = self.normalization.standardize(self.normalizable_values(values))
        score = self.combine(standardized, paper)
        finite = observation.finite
        score = _nan_unless(ops.logical_and(finite, ops.isfinite(score)), score)
        outputs = {
            "normalized_score": self.normalization(paper),
            **dict(zip(self.term_names, values, strict=True)),
        }
        outputs = {name: _nan_unless(finite, v) for name, v in outputs.items()}
        return {"score": score, **outputs, **self.verdicts(score)}

    def reconstruct(self, images):
        """`De(En(x))` of each image.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W, C]`.
        """
        observation = self.observe(images)
        return _nan_unless(observation.finite, observation.reconstructions)

    def anomaly_map(self, images):
        """Where each image is novel, at the image's size.

        The smoothed error of each pixel, or what `map_term` draws, smoothed.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W]`, higher where the image is more novel; NaN of
            an image with NaN or infinite values.
        """
        return self._map(self.observe(images))

    @under_keras_settings
    def _map(self, observation):
        if self.map_term is None:
            values = self.map_error(observation.images, observation.reconstructions)
        else:
            term = self.terms[self.term_names.index(self.map_term)]
            with full_precision(term):
                values = self.map_error.smooth(term.pixel_map(observation))
        return _nan_unless(observation.finite, values)

    def _draw_noise(self, latents):
        """Noise in deviations of each latent over the batch, of all replicas."""
        variance = batch_variance(ops.cast(latents, "float32"))
        scale = self.latent_noise * ops.sqrt(ops.stop_gradient(variance))

        def draw(number):
            return keras.random.normal(
                (number, latents.shape[-1]),
                dtype="float32",
                seed=self.noise_generator,
            )

        noise = draw_share(draw, ops.shape(latents)[0])
        return ops.cast(scale * noise, latents.dtype)


def _nan_unless(finite, values):
    """Values `[B, ...]`, and NaN in those of images that are not finite."""
    shape = (-1, *[1] * (len(values.shape) - 1))
    return ops.where(ops.reshape(finite, shape), values, float("nan"))
