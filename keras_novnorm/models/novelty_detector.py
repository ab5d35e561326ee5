"""The detector: an autoencoder, the terms of its score, and a calibration."""

import keras

from keras_novnorm import terms as terms_module
from keras_novnorm.calibration.calibration import Calibration
from keras_novnorm.calibration.calibration_history import CalibrationHistory
from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.keras_settings import (
    KerasSettings,
    network_policy,
    under_keras_settings,
)
from keras_novnorm.layers.anomaly_map import AnomalyMap
from keras_novnorm.layers.combination import Combination
from keras_novnorm.layers.novelty_normalization import NoveltyNormalization
from keras_novnorm.layers.training_sketch import TrainingSketch
from keras_novnorm.layers.traits_record import TraitsRecord
from keras_novnorm.layers.unit_range import UnitRange, check_value_range
from keras_novnorm.models.adaptation import adapt_statistics
from keras_novnorm.models.argument_checks import (
    check_map_term,
    check_networks,
    check_numbers,
    check_recipe,
    check_terms,
)
from keras_novnorm.models.calibrated_model import CalibratedModel
from keras_novnorm.models.detector_config import DetectorConfig
from keras_novnorm.models.novelty_detector_presets import (
    DEFAULT_RECIPE,
    PRESETS,
    build_preset,
)
from keras_novnorm.models.one_class_trainer import OneClassTrainer
from keras_novnorm.models.prediction import Prediction
from keras_novnorm.models.random_states import SavedRandomStates
from keras_novnorm.models.scoring import Scoring
from keras_novnorm.models.step_guard import StepGuard
from keras_novnorm.models.training_record import TrainingRecord
from keras_novnorm.models.training_steps import TrainingSteps
from keras_novnorm.terms.novelty_score import NoveltyScore

DEFAULT_TERMS = ("reconstruction_error", "novelty_score", "reencoding_error")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NoveltyDetector(
    OneClassTrainer,
    TrainingSteps,
    Scoring,
    Prediction,
    CalibratedModel,
    TrainingRecord,
    DetectorConfig,
    SavedRandomStates,
    keras.Model,
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
        calibration_capacity: how many calibration scores are kept.
        map_sigma: smoothing of the anomaly map, in pixels; one 28th of the longer
            side unless given.
        map_term: name of the term that draws the anomaly map, one with a `pixel_map`;
            the reconstruction error of each pixel unless given.
        resize: how a picture of another size is brought to the detector's:
            `"stretch"`, `"pad"` or `"tiles"` (see `Resizing`). It is the rule of
            picture files, in training and in an export; arrays have the size.
        tile_overlap: the least share that a tile has in common with the next one.
        value_range: pair `(low, high)` in [0, 1], the values that are spread over the
            whole range before anything else, or `None`; for pictures that use little
            of the range of their files, such as 12 bits in files of 16.
        recipe: dictionary of `epochs`, `batch_size`, `learning_rate` and
            `learning_rate_drops` (fractions of the run at which the rate falls by
            ten, or `"cosine"`), for what is not given to `compile` and `fit`.
        preset: name of the preset that the arguments came from, for the record.
        **kwargs: passed to `keras.Model`. `dtype` is the policy of what is made here;
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
        map_term=None,
        resize="stretch",
        tile_overlap=0.25,
        value_range=None,
        recipe=None,
        preset=None,
        **kwargs,
    ):
        # Without autocast: images reach `UnitRange` as they are.
        super().__init__(
            dtype=network_policy(kwargs.pop("dtype", None)), autocast=False, **kwargs
        )
        self.keras_settings = KerasSettings(keras.config.image_data_format())
        check_networks(encoder, decoder)
        check_numbers(
            novelty_weight, count_weight, latent_noise, calibration_capacity, map_sigma
        )
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
        self.map_term = map_term
        self.resize = resize
        self.tile_overlap = tile_overlap
        self.resizing = Resizing(*self.image_shape[:2], resize, tile_overlap)
        self.value_range = check_value_range(value_range)
        self.recipe = {**DEFAULT_RECIPE, **(recipe or {})}
        self.preset = preset
        check_recipe(self.recipe, DEFAULT_RECIPE)
        check_terms(self.terms, combination, self.image_shape)
        check_map_term(self.terms, map_term)

        self.term_names = tuple(term.name for term in self.terms)
        self.novelty_term = next(
            (term for term in self.terms if isinstance(term, NoveltyScore)), None
        )
        self.unit_range = UnitRange(value_range=value_range, name="unit_range")
        self.normalization = NoveltyNormalization(
            len(self.term_names),
            extremes_gradient,
            extremes_momentum=extremes_momentum,
            name="normalization",
        )
        self.combine = Combination(combination, self._term_weights(), name="combine")
        self.calibration = Calibration(calibration_capacity, name="calibration")
        self.calibration_history = CalibrationHistory(
            calibration_capacity, name="calibration_history"
        )
        # What is earlier is part of the calibration, too.
        self.calibration.history = self.calibration_history
        self.training_sketch = TrainingSketch(name="training_sketch")
        self.picture_traits = TraitsRecord(name="picture_traits")
        sigma = max(self.image_shape[:2]) / 28 if map_sigma is None else map_sigma
        self.map_error = AnomalyMap(sigma, name="map_error")
        self.noise_generator = keras.random.SeedGenerator()
        self.error_tracker = _mean("reconstruction_error")
        self.variation_tracker = _mean("reconstruction_variation")
        self.latents_tracker = _mean("active_latents")
        if self.novelty_term is not None:
            self.novelty_tracker = _mean("novelty_deviation")
        # Of training, and of evaluation: they are in no file.
        self.step_guard, self.test_guard = StepGuard(), StepGuard()
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
        memory = (self.calibration_history, self.training_sketch, self.picture_traits)
        for layer in (self.normalization, self.calibration, *memory):
            if not layer.built:
                layer.build((None,))
        self._build_record()
        self.built = True

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

    def _term_weights(self):
        if set(self.term_names) == {"reconstruction_error", "novelty_score"}:
            share = {
                "reconstruction_error": 1.0 - self.novelty_weight,
                "novelty_score": self.novelty_weight,
            }
            return [share[name] for name in self.term_names]
        return [1.0 / len(self.term_names)] * len(self.term_names)


def _mean(name):
    return keras.metrics.Mean(name, dtype="float32")
