"""The detector: an autoencoder, the terms of its score, and a calibration."""

import keras
from keras import ops

from keras_novnorm.detectors.argument_checks import check_numbers
from keras_novnorm.detectors.novelty import training_step
from keras_novnorm.detectors.novelty.adaptation import adapt_statistics
from keras_novnorm.detectors.novelty.build_preset import build_preset
from keras_novnorm.detectors.novelty.collapse_signs import MINIMUMS, SIGNS
from keras_novnorm.detectors.novelty.presets import PRESETS
from keras_novnorm.detectors.novelty.scored_by_terms import ScoredByTerms
from keras_novnorm.keras_settings import under_keras_settings
from keras_novnorm.terms.novelty_score import NoveltyScore

DEFAULT_TERMS = ("reconstruction_error", "novelty_score", "reencoding_error")


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NoveltyDetector(ScoredByTerms):
    """One-class detector by novelty normalization (Wu, Lu, Fuh, Liu).

    Trained on normal images alone, it gives every image a score, the terms that
    the score is made of, a p-value and a verdict. A higher score is more novel.
    The score of an image does not depend on what else is in its batch.

    Args:
        encoder: Keras model `[B, H, W, C] -> [B, D]`, built; with the decoder it may
            be left out where all terms look at the pictures alone.
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
            the reconstruction error of each pixel unless given. Without an autoencoder
            the first term that draws one; if none does, there is no map.
        image_shape: `(height, width, channels)`, where there is no encoder to tell.
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
        with the kept extremes: the paper's `p(x)`, eq. (5); without an autoencoder
        of the score itself), one value per term under its name, `p_value`,
        `threshold`, `is_novel`.

    Example:

    >>> detector = NoveltyDetector.from_preset("mnist")
    >>> detector.compile()
    >>> detector.fit(normal_ds)  # doctest: +SKIP
    >>> detector.calibrate(held_out_normal_ds, target_fpr=0.01)  # doctest: +SKIP
    >>> detector.predict(images)["is_novel"]  # doctest: +SKIP
    """

    METHOD = "novelty"
    PRESETS = PRESETS
    ARGUMENTS = (
        *ScoredByTerms.ARGUMENTS,
        "count_weight",
        "latent_noise",
        "normalize_loss",
    )
    SIGNS = SIGNS
    MINIMUMS = MINIMUMS

    def __init__(
        self,
        encoder=None,
        decoder=None,
        terms=DEFAULT_TERMS,
        combination="log_sum_exp",
        novelty_weight=0.5,
        count_weight=1e-5,
        latent_noise=0.3,
        extremes_gradient="hold",
        extremes_momentum=None,
        normalize_loss=True,
        map_term=None,
        image_shape=None,
        **kwargs,
    ):
        check_numbers(
            {
                "novelty_weight": novelty_weight,
                "count_weight": count_weight,
                "latent_noise": latent_noise,
            }
        )
        super().__init__(
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
        )
        self.count_weight = count_weight
        self.latent_noise = latent_noise
        self.normalize_loss = normalize_loss
        self.novelty_term = next(
            (term for term in self.terms if isinstance(term, NoveltyScore)), None
        )
        self.noise_generator = keras.random.SeedGenerator()
        if encoder is not None:
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


def _mean(name):
    return keras.metrics.Mean(name, dtype="float32")
