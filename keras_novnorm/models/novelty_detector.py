"""The detector: an autoencoder, the terms of its score, and a calibration."""

import keras
from keras import ops

from keras_novnorm import terms as terms_module
from keras_novnorm.calibration.calibration import Calibration
from keras_novnorm.callbacks.collapse_signs import signs_from_number, signs_to_number
from keras_novnorm.layers.anomaly_map import AnomalyMap
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.layers.unit_range import UnitRange
from keras_novnorm.models.adaptation import adapt_statistics
from keras_novnorm.models.calibrated_model import CalibratedModel
from keras_novnorm.models.end_of_data import quiet_end_of_data
from keras_novnorm.models.image_batches import as_batches
from keras_novnorm.models.novelty_detector_presets import (
    DEFAULT_RECIPE,
    PRESETS,
    build_preset,
)
from keras_novnorm.models.one_class_trainer import OneClassTrainer
from keras_novnorm.models.random_states import SavedRandomStates
from keras_novnorm.models.replicas import batch_variance, draw_share
from keras_novnorm.models.training_steps import TrainingSteps
from keras_novnorm.terms.novelty_score import NoveltyScore
from keras_novnorm.terms.reconstruction_error import mean_squared_error

DEFAULT_TERMS = ("reconstruction_error", "novelty_score", "reencoding_error")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NoveltyDetector(
    OneClassTrainer, TrainingSteps, CalibratedModel, SavedRandomStates, keras.Model
):
    """One-class detector by novelty normalization (Wu, Lu, Fuh, Liu).

    Trained on normal images alone, it gives every image a score, the terms that
    the score is made of, a p-value and a verdict. A higher score is more novel.
    The score of an image does not depend on what else is in its batch.

    Args:
        encoder: Keras model `[B, H, W, C] -> [B, D]`, built.
        decoder: Keras model `[B, D] -> [B, H, W, C]` in [0, 1], built.
        terms: names or `Term`s that the score is made of.
        combination: `"log_sum_exp"`, `"mean"` or `"paper"`, see `Combination`.
        novelty_weight: `l1` of eq. (7), the share of the novelty score.
        count_weight: `l2` of eq. (4), the weight of the count penalty.
        latent_noise: deviation of the noise put on `z` before the decoder in
            training, in deviations of each latent over the batch.
        extremes_gradient: `"hold"` or `"flow"`, see `NoveltyNormalization`.
        extremes_momentum: weight of the past in the kept extremes; `None` for the
            paper's plain average over training.
        normalize_loss: whether the loss is eq. (6) of `S`, or, for comparison, `S`
            itself: an autoencoder without novelty normalization.
        calibration_capacity: how many calibration scores are kept.
        map_sigma: smoothing of the anomaly map, in pixels; one 28th of the longer
            side unless given.
        recipe: dictionary of `epochs`, `batch_size`, `learning_rate` and
            `learning_rate_drops` (fractions of the run at which the rate falls by
            ten, or `"cosine"`), for what is not given to `compile` and `fit`.
        preset: name of the preset that the arguments came from, for the record.
        **kwargs: passed to `keras.Model`.

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
        calibration_capacity=8192,
        map_sigma=None,
        recipe=None,
        preset=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
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
        self.calibration_capacity = calibration_capacity
        self.image_shape = tuple(encoder.input_shape[1:])
        self.map_sigma = map_sigma
        self.recipe = {**DEFAULT_RECIPE, **(recipe or {})}
        self.preset = preset

        names = [term.name for term in self.terms]
        self._check_terms(names)
        self.term_names = tuple(names)
        self.novelty_term = next(
            (term for term in self.terms if isinstance(term, NoveltyScore)), None
        )
        self.unit_range = UnitRange(name="unit_range")
        self.normalization = NoveltyNormalization(
            len(names),
            extremes_gradient,
            extremes_momentum=extremes_momentum,
            name="normalization",
        )
        self.combine = Combination(combination, self._term_weights(), name="combine")
        self.calibration = Calibration(calibration_capacity, name="calibration")
        sigma = max(self.image_shape[:2]) / 28 if map_sigma is None else map_sigma
        self.map_error = AnomalyMap(sigma, name="map_error")
        self.noise_generator = keras.random.SeedGenerator()
        self.error_tracker = keras.metrics.Mean(name="reconstruction_error")
        self.variation_tracker = keras.metrics.Mean(name="reconstruction_variation")
        self.latents_tracker = keras.metrics.Mean(name="active_latents")
        if self.novelty_term is not None:
            self.novelty_tracker = keras.metrics.Mean(name="novelty_deviation")
        self.build((None, *self.image_shape))

    @classmethod
    def from_preset(cls, preset, image_shape=None, **overrides):
        """A new, untrained detector with a preset's arguments.

        Args:
            preset: a name; `NoveltyDetector.presets()` lists them.
            image_shape: `(height, width, channels)` in the place of the preset's.
            **overrides: constructor arguments in the place of the preset's;
                `recipe` is merged, key by key, and so is `network` (`filters`,
                `latent_dim`, `hidden_units`, ...: see
                `novelty_detector_presets.NETWORK`).

        Returns:
            A `NoveltyDetector`, not compiled.

        Raises:
            ValueError: if there is no preset of that name.
        """
        return cls(**build_preset(preset, image_shape, overrides))

    @classmethod
    def presets(cls):
        """Names of the presets, each with one line of description."""
        return {name: preset["description"] for name, preset in PRESETS.items()}

    def build(self, input_shape):
        """Create the state that is not the encoder's or the decoder's."""
        latent_shape = self.encoder.output_shape
        for term in self.terms:
            if not term.built:
                term.build(latent_shape)
        for layer in (self.normalization, self.calibration):
            if not layer.built:
                layer.build((None,))
        if not hasattr(self, "collapsed"):
            self.collapsed = self._record("collapsed")
            self.restarts_made = self._record("restarts_made")
        self.built = True

    def observe(self, images, training=False):
        """Run the autoencoder.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].
            training: whether noise is put on the latents.

        Returns:
            An `Observation`.
        """
        images = self.unit_range(images)
        latents = self.encoder(images, training=training)
        # Read at once: the next call of the encoder makes them anew.
        losses = list(self.encoder.losses)
        decoded = latents
        if training and self.latent_noise:
            decoded = latents + self._draw_noise(latents)
        reconstructions = self.decoder(decoded, training=training)
        losses += self.decoder.losses
        return terms_module.Observation(
            images=images,
            latents=latents,
            reconstructions=ops.cast(reconstructions, "float32"),
            encoder=self.encoder,
            decoder=self.decoder,
            training=training,
            losses=losses,
        )

    def term_values(self, observation):
        """Value of each term, a list of float32 `[B]` in the order of `terms`."""
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
        observation = self.observe(images, training=False)
        values = self.term_values(observation)
        paper = self.paper_scores(observation, values)
        standardized = self.normalization.standardize(self.normalizable_values(values))
        score = self.combine(standardized, paper)
        return {
            "score": score,
            "normalized_score": self.normalization(paper),
            **dict(zip(self.term_names, values, strict=True)),
            **self.calibration(score),
        }

    def predict(self, x, batch_size=None, verbose="auto", **kwargs):
        """Outputs of many images, as numpy arrays.

        Args:
            x: as in `fit`; an array is `[N, H, W, C]`.
            batch_size: images per step, where `x` is not batched yet.
            verbose: as in Keras.
            **kwargs: passed to `keras.Model.predict`.

        Returns:
            Dictionary of numpy arrays `[N]`, as `call` returns.

        Raises:
            ValueError: if images have another shape than the detector's.
        """
        size = batch_size or 32
        x = as_batches(x, self.image_shape, size)
        if hasattr(x, "shape"):
            kwargs["batch_size"] = size
        with quiet_end_of_data(not kwargs.get("steps")):
            return super().predict(x, verbose=verbose, **kwargs)

    def reconstruct(self, images):
        """`De(En(x))` of each image.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W, C]`.
        """
        return self.observe(images).reconstructions

    def anomaly_map(self, images):
        """Smoothed per-pixel error of each image, at the image's size.

        Args:
            images: `[B, H, W, C]`, uint8 or float in [0, 1].

        Returns:
            Float32 tensor `[B, H, W]`, higher where the image is more novel.
        """
        observation = self.observe(images)
        return self.map_error(observation.images, observation.reconstructions)

    def adapt(self, data, batch_size=None, verbose="auto"):
        """Re-estimate all normal statistics on the final weights, in one pass.

        `fit` keeps running estimates while the weights still move; these are
        exact. Extremes become the averages of the batch extremes.

        Args:
            data: images of the normal class that training saw, as in `fit`. Not
                the calibration images: p-values would lie.
            batch_size: images per step, where `data` is not batched yet.
            verbose: 0 for silence, 1 or "auto" for a progress bar.
        """
        adapt_statistics(self, data, batch_size or self.recipe["batch_size"], verbose)

    @property
    def is_collapsed(self):
        """Whether the last training collapsed; `collapse_signs` says how."""
        return bool(self.collapsed.numpy() > 0)

    @property
    def collapse_signs(self):
        """Which of `CollapseMonitor`'s signs the last training ended with."""
        return signs_from_number(int(self.collapsed.numpy()))

    @property
    def num_restarts(self):
        """How often the last `fit(restarts=...)` began again after a collapse."""
        return int(self.restarts_made.numpy())

    def mark_collapsed(self, signs):
        """Record that training collapsed, or that it did not.

        Args:
            signs: list of names of `callbacks.collapse_signs.SIGNS`; empty: it did not.
        """
        self.collapsed.assign(float(signs_to_number(signs)))

    def _draw_noise(self, latents):
        """Noise in deviations of each latent over the batch, of all replicas."""
        variance = batch_variance(ops.cast(latents, "float32"))
        scale = self.latent_noise * ops.sqrt(ops.stop_gradient(variance))

        def draw(number):
            return keras.random.normal(
                (number, latents.shape[-1]), seed=self.noise_generator
            )

        noise = draw_share(draw, ops.shape(latents)[0])
        return ops.cast(scale * noise, latents.dtype)

    def _record(self, name):
        return self.add_weight(
            name=name,
            shape=(),
            initializer="zeros",
            dtype="float32",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
        )

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "terms": [keras.saving.serialize_keras_object(t) for t in self.terms],
            "combination": self.combination,
            "novelty_weight": self.novelty_weight,
            "count_weight": self.count_weight,
            "latent_noise": self.latent_noise,
            "extremes_gradient": self.extremes_gradient,
            "extremes_momentum": self.extremes_momentum,
            "normalize_loss": self.normalize_loss,
            "calibration_capacity": self.calibration_capacity,
            "map_sigma": self.map_sigma,
            "recipe": self.recipe,
            "preset": self.preset,
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config):
        """A detector from `get_config`'s dictionary."""
        config = dict(config)
        # Copies: Keras takes a functional model's configuration apart as it reads.
        for key in {"encoder", "decoder", "terms"} & set(config):
            config[key] = keras.tree.map_structure(lambda leaf: leaf, config[key])
        for key in ("encoder", "decoder", "dtype"):
            if isinstance(config.get(key), dict):
                config[key] = keras.saving.deserialize_keras_object(config[key])
        return cls(**config)

    def _check_terms(self, names):
        if not names or len(set(names)) != len(names):
            raise ValueError(
                "`terms` must be one or more terms of different names. "
                f"Received: {names}"
            )
        if self.combination == "paper" and "reconstruction_error" not in names:
            raise ValueError(
                "combination='paper' is the sum of eq. (7) and needs the term "
                f"'reconstruction_error'. Received: {names}"
            )

    def _term_weights(self):
        if set(self.term_names) == {"reconstruction_error", "novelty_score"}:
            share = {
                "reconstruction_error": 1.0 - self.novelty_weight,
                "novelty_score": self.novelty_weight,
            }
            return [share[name] for name in self.term_names]
        return [1.0 / len(self.term_names)] * len(self.term_names)
