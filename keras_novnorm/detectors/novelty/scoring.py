"""From images to terms: what a `NoveltyDetector` computes of a batch."""

import keras
from keras import ops

from keras_novnorm.layers.novelty_normalization import LOWEST
from keras_novnorm.scoring.full_precision import full_precision
from keras_novnorm.terms.base import Observation
from keras_novnorm.terms.reconstruction_error import mean_squared_error
from keras_novnorm.training.replicas import batch_variance, draw_share


def observe(detector, images, finite=None, training=False):
    """Run the autoencoder.

    Args:
        detector: a `NoveltyDetector`.
        images: float32 `[B, H, W, C]` in [0, 1], finite.
        finite: bool `[B]`, whether each image came so; or None.
        training: whether noise is put on the latents; if not, all is computed in
            float32.

    Returns:
        An `Observation`.
    """
    if detector.encoder is None:
        return Observation(images=images, training=training, finite=finite)
    if not training:
        with full_precision(detector.encoder, detector.decoder, *detector.terms):
            return _observe(detector, images, finite, training=False)
    return _observe(detector, images, finite, training=True)


def _observe(detector, images, finite, training):
    latents = detector.encoder(images, training=training)
    # Read at once: the next call of the encoder makes them anew.
    losses = list(detector.encoder.losses)
    decoded = latents
    if training and detector.latent_noise:
        decoded = latents + _draw_noise(detector, latents)
    reconstructions = detector.decoder(decoded, training=training)
    losses += detector.decoder.losses
    return Observation(
        images=images,
        latents=latents,
        reconstructions=ops.cast(reconstructions, "float32"),
        encoder=detector.encoder,
        decoder=detector.decoder,
        training=training,
        losses=losses,
        finite=finite,
    )


def term_values(detector, observation):
    """Value of each term.

    Args:
        detector: a `NoveltyDetector`.
        observation: an `Observation`.

    Returns:
        List of float32 `[B]` in the order of `terms`.
    """
    if observation.training:
        return [term(observation=observation) for term in detector.terms]
    networks = [detector.encoder] if detector.encoder is not None else []
    with full_precision(*networks, *detector.terms):
        return [term(observation=observation) for term in detector.terms]


def normalizable_values(terms, values):
    """What the moments are taken of.

    Args:
        terms: list of `Term`s.
        values: list of float32 `[B]`, of `term_values`.

    Returns:
        Float32 tensor `[B, K]`.
    """
    pairs = zip(terms, values, strict=True)
    return ops.stack([term.to_normalizable(value) for term, value in pairs], axis=-1)


def value_limits(terms, observation, values):
    """What rounding leaves of each term's value.

    Args:
        terms: list of `Term`s.
        observation: an `Observation`.
        values: list of float32 `[B]`, from `term_values`.

    Returns:
        Pair of float32 `[B, K]`: how far rounding moves what `normalizable_values`
        gives, and below what it is rounding alone.
    """
    rounding, smallest = [], []
    for term, value in zip(terms, values, strict=True):
        rounding.append(term.rounding(observation, value))
        least = term.smallest(observation)
        smallest.append(ops.full_like(value, LOWEST) if least is None else least)
    return ops.stack(rounding, axis=-1), ops.stack(smallest, axis=-1)


def combined_scores(detector, observation, values):
    """The detector's score, and what `normalized_score` is eq. (6) of.

    Args:
        detector: a `NoveltyDetector`.
        observation: an `Observation`.
        values: list of float32 `[B]`, of `term_values`.

    Returns:
        Pair of float32 `[B]`: the score, and `S` of eq. (7); without an autoencoder
        there is no `L_r` to sum, and the score stands in its place.
    """
    standardized = detector.normalization.standardize(
        normalizable_values(detector.terms, values)
    )
    if detector.encoder is None:
        score = detector.combine(standardized, None)
        return score, score
    paper = paper_scores(detector, observation, values)
    return detector.combine(standardized, paper), paper


def paper_scores(detector, observation, values):
    """`S_i = (1 - l1) L_r + l1 L_ns`, eq. (7); `L_r` alone without a head.

    Args:
        detector: a `NoveltyDetector`.
        observation: an `Observation`.
        values: list of float32 `[B]`, from `term_values`.

    Returns:
        Float32 tensor `[B]`.
    """
    error = mean_squared_error(observation.images, observation.reconstructions)
    head, weight = detector.novelty_term, detector.novelty_weight
    if head is None:
        return error
    novelty = head.to_paper(values[detector.terms.index(head)])
    return (1.0 - weight) * error + weight * novelty


def term_weights(names, novelty_weight):
    """Weights of the terms in the score.

    Args:
        names: list of the terms' names.
        novelty_weight: `l1` of eq. (7), which counts where they are the paper's two.

    Returns:
        List of floats that add up to 1.
    """
    if set(names) == {"reconstruction_error", "novelty_score"}:
        share = {
            "reconstruction_error": 1.0 - novelty_weight,
            "novelty_score": novelty_weight,
        }
        return [share[name] for name in names]
    return [1.0 / len(names)] * len(names)


def _draw_noise(detector, latents):
    """Noise in deviations of each latent over the batch, of all replicas."""
    variance = batch_variance(ops.cast(latents, "float32"))
    scale = detector.latent_noise * ops.sqrt(ops.stop_gradient(variance))

    def draw(number):
        return keras.random.normal(
            (number, latents.shape[-1]),
            dtype="float32",
            seed=detector.noise_generator,
        )

    noise = draw_share(draw, ops.shape(latents)[0])
    return ops.cast(scale * noise, latents.dtype)
