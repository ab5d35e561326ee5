"""Defect evidence: what a network that learned on simulated defects sees."""

import math

import keras
from keras import ops

from keras_novnorm.layers.simulated_defects import SimulatedDefects
from keras_novnorm.terms.base import Term


@keras.saving.register_keras_serializable(package="keras_novnorm")
class DefectEvidence(Term):
    """Mean of the highest logits of a segmenter that learns on simulated defects.

    In training, defects are drawn on the normal pictures and the segmenter learns to
    mark them (after Zavrtanik et al. 2021, DRAEM; Li et al. 2021, CutPaste). Later it
    is given pictures as they are. A small defect in a large picture counts in full,
    since the mean is over the highest share of the places only. Not in the paper.

    Args:
        segmenter: Keras model `[B, H, W, C] -> [B, h, w, 1]` of logits, such as
            `DefectSegmenter`.
        defects: `SimulatedDefects`; all kinds unless given.
        top_share: share of the places whose mean is the value, in (0, 1].
        clean_share: share of the pictures of a batch that stay without a defect.
        defect_weight: weight of a defect's places in the cross-entropy.
        name: name of the output.
        **kwargs: passed to `Term`.

    Raises:
        ValueError: if `top_share` or `clean_share` is out of its range.
    """

    reads_autoencoder = False

    def __init__(
        self,
        segmenter,
        defects=None,
        top_share=0.005,
        clean_share=0.25,
        defect_weight=4.0,
        name="defect_evidence",
        **kwargs,
    ):
        if not 0 < top_share <= 1:
            raise ValueError(f"`top_share` must be in (0, 1]. Received: {top_share}")
        if not 0 <= clean_share < 1:
            raise ValueError(
                f"`clean_share` must be in [0, 1). Received: {clean_share}"
            )
        super().__init__(name=name, **kwargs)
        if isinstance(segmenter, dict):
            segmenter = keras.saving.deserialize_keras_object(segmenter)
        if isinstance(defects, dict):
            defects = keras.saving.deserialize_keras_object(defects)
        self.segmenter = segmenter
        self.defects = defects or SimulatedDefects(name="defects")
        self.top_share = top_share
        self.clean_share = clean_share
        self.defect_weight = defect_weight
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, latent_shape):
        """Nothing: the segmenter comes built.

        Args:
            latent_shape: shape of the detector's `z`; not used.
        """
        self.built = True

    def call(self, observation):
        """Mean of the highest logits; in training the loss. Float32 `[B]`."""
        if observation.training:
            return self._loss(observation.images)
        logits = self._logits(observation.images)
        places = ops.reshape(logits, (-1, math.prod(logits.shape[1:])))
        count = max(1, round(self.top_share * places.shape[1]))
        return ops.mean(ops.top_k(places, count)[0], axis=-1)

    def pixel_map(self, observation):
        """Probability of a defect at each place, at the picture's size.

        Args:
            observation: an `Observation`.

        Returns:
            Float32 tensor `[B, H, W]` in [0, 1].
        """
        size = observation.images.shape[1:3]
        found = ops.sigmoid(self._logits(observation.images))
        found = ops.image.resize(found, size, data_format="channels_last")
        return ops.squeeze(found, axis=-1)

    def training_loss(self, observation, values):
        """The mean cross-entropy of each image's places, float32 `[B]`."""
        return values

    def _logits(self, images, training=False):
        return ops.cast(self.segmenter(images, training=training), "float32")

    def _loss(self, images):
        drawn, mask = self.defects(images)
        batch = ops.shape(images)[0]
        draw = keras.random.uniform(
            (batch, 1, 1, 1), dtype="float32", seed=self.seed_generator
        )
        drawn = ops.where(draw < self.clean_share, images, drawn)
        mask = ops.where(draw < self.clean_share, 0.0, mask)
        logits = self._logits(drawn, training=True)
        # Each side by its own: an odd one was rounded up at every halving.
        factors = tuple(
            math.ceil(images.shape[axis] / logits.shape[axis]) for axis in (1, 2)
        )
        target = ops.max_pool(
            mask, factors, factors, padding="same", data_format="channels_last"
        )
        # Cross-entropy from logits: log(1 + e^l) - t l, defects weighing more.
        entropy = ops.softplus(logits) - target * logits
        weight = 1.0 + (self.defect_weight - 1.0) * target
        return ops.mean(weight * entropy, axis=(1, 2, 3))

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "segmenter": keras.saving.serialize_keras_object(self.segmenter),
            "defects": keras.saving.serialize_keras_object(self.defects),
            "top_share": self.top_share,
            "clean_share": self.clean_share,
            "defect_weight": self.defect_weight,
        }
