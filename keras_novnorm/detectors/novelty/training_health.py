"""Signs of a training that works, from one batch."""

from keras import ops

from keras_novnorm.training.replicas import batch_mean, batch_variance

# A latent, or a score, that moves by less than this does not move.
LATENT_TOLERANCE = 1e-3

# Pictures of one scene, whose variance over the batch is less than this share of the
# contrast within them, are rebuilt well by a single picture.
ONE_SCENE = 0.1


def _unless_images_are_equal(spread, value):
    """1 where the images themselves do not vary: nothing can be told of them."""
    return ops.where(spread > 1e-12, value, ops.ones_like(value))


def _spread_and_contrast(images):
    """Variance over the batch, and within a picture: means over pixels and pictures."""
    spread = ops.mean(batch_variance(images))
    return spread, ops.mean(batch_mean(ops.var(images, axis=(1, 2))))


def _one_scene_gain(spread, contrast):
    """What to multiply a variation by that is small because the pictures are alike.

    1 where they are not of one scene, else how much less they vary than such would.
    """
    least = ops.maximum(spread, 1e-12)
    return ops.sqrt(ops.maximum(ONE_SCENE * contrast / least, 1.0))


def reconstruction_variation(observation):
    """How much reconstructions vary over a batch, relative to the images.

    Near 1 for a working autoencoder, near 0 when every image is given back as the
    same picture: the training has collapsed.

    Args:
        observation: an `Observation`.

    Returns:
        Float32 scalar; 1 where the images themselves hardly vary.
    """
    of_images, contrast = _spread_and_contrast(observation.images)
    of_reconstructions = ops.mean(batch_variance(observation.reconstructions))
    ratio = ops.sqrt(of_reconstructions / ops.maximum(of_images, 1e-12))
    ratio = ops.where(of_images > ONE_SCENE * contrast, ratio, ops.ones_like(ratio))
    return _unless_images_are_equal(of_images, ratio)


def active_latents(observation):
    """Share of the latents that vary over a batch; the others are dead.

    Args:
        observation: an `Observation`.

    Returns:
        Float32 scalar in [0, 1]; 1 where the images do not vary.
    """
    latents = ops.cast(observation.latents, "float32")
    size = ops.sqrt(ops.mean(batch_mean(ops.square(latents))))
    spread, contrast = _spread_and_contrast(observation.images)
    variation = ops.sqrt(batch_variance(latents)) * _one_scene_gain(spread, contrast)
    alive = variation > LATENT_TOLERANCE * size
    return _unless_images_are_equal(spread, ops.mean(ops.cast(alive, "float32")))


def novelty_deviation(observation, logits):
    """Standard deviation of the novelty score's logit over a batch.

    Where pictures are much alike, as it would be if they varied more: parts of one
    scene move the logit little, and that is no collapse.

    Args:
        observation: an `Observation`.
        logits: float tensor `[B]`.

    Returns:
        Float32 scalar; 1 where the images do not vary.
    """
    deviation = ops.sqrt(batch_variance(ops.cast(logits, "float32")))
    spread, contrast = _spread_and_contrast(observation.images)
    deviation = deviation * _one_scene_gain(spread, contrast)
    return _unless_images_are_equal(spread, deviation)
