"""One step of training or evaluation of a `NoveltyDetector`."""

import keras
import tensorflow as tf
from keras import ops

from keras_novnorm.detectors.novelty import scoring
from keras_novnorm.detectors.novelty.training_health import (
    active_latents,
    novelty_deviation,
    reconstruction_variation,
)
from keras_novnorm.terms.reconstruction_error import mean_squared_error
from keras_novnorm.training.image_batches import unpack_images
from keras_novnorm.training.replicas import (
    batch_mean,
    batch_size,
    batch_variance,
    gather_replicas,
    num_replicas,
)
from keras_novnorm.training.sample_weights import leave_out_unweighted
from keras_novnorm.training.step_guard import (
    apply_if,
    moving_weights,
    put_back_unless,
)

# How many images of each training batch (of all replicas) are also seen as at
# inference, without noise, for the running moments of the terms.
STATISTICS_IMAGES = 16


def compute_loss(detector, observation, training=True, sample_weight=None):
    """Loss of a batch: eq. (4) in the form that trains.

    `mean_i w_i Reg(S_i) - l2 ‖W‖_0 + sum of the terms' own losses`, with `S`
    of eq. (7), `Reg` of eq. (6) and the count of eq. (3) outside of `Reg`,
    where a constant of the batch would cancel. Without an autoencoder there is no
    `S` to train: what is left are the terms' own losses.

    Args:
        detector: a `NoveltyDetector`.
        observation: an `Observation` of the batch.
        training: whether `Reg` uses the extremes of this batch.
        sample_weight: float tensor `[B]` or `None`.

    Returns:
        Tuple `(loss, values, extremes)`: float scalar, the terms' values as
        `term_values` gives them, and the pair of the batch's extremes of `S`
        over all replicas, or None. Where replicas share the batch, `loss` is this
        one's part of it: the sum over replicas is the loss of the batch, and
        so with the gradients, which optimizers sum.
    """
    values = detector.term_values(observation)
    losses, extremes = ops.zeros_like(values[0]), None
    if detector.encoder is not None:
        losses = scoring.paper_scores(detector, observation, values)
        extremes = _extremes(losses)
        if detector.normalize_loss:
            losses = detector.normalization(
                losses, training=training, extremes=extremes
            )
    for term, value in zip(detector.terms, values, strict=True):
        extra = term.training_loss(observation, value)
        if extra is not None:
            losses = losses + extra
    if sample_weight is not None:
        weight = ops.reshape(ops.cast(sample_weight, losses.dtype), (-1,))
        losses = losses * weight
    # By the size of the whole batch: replicas may hold shares of any size.
    loss = ops.sum(losses) / batch_size(losses)
    # What is no sum over images is the same on each replica.
    common = [
        ops.cast(extra, loss.dtype) for extra in _own_losses(detector, observation)
    ]
    if detector.count_weight and detector.novelty_term is not None:
        common.append(-detector.count_weight * detector.novelty_term.count())
    loss = loss + sum(common) / num_replicas()
    return loss, values, extremes


def train_step(detector, data):
    """One step: loss, scaled gradients, update, statistics.

    A batch that is not finite changes nothing; `step_guard` remembers it.

    Args:
        detector: a `NoveltyDetector`.
        data: one batch, as `unpack_images` takes.

    Returns:
        Dictionary of metric values.
    """
    images, weight, any_left = leave_out_unweighted(*unpack_images(data))
    # Here already, and all else after it: what it refuses has moved nothing.
    with tf.control_dependencies([detector.unit_range(images)]):
        return _learn(detector, images, weight, any_left)


def _learn(detector, images, weight, any_left):
    moving = moving_weights(detector)
    before = [ops.copy(one) for one in moving]
    with tf.GradientTape() as tape:
        observation = detector.observe(images, training=True)
        loss, values, extremes = detector.compute_loss(
            observation, training=True, sample_weight=weight
        )
        scaled_loss = detector.optimizer.scale_loss(loss)
    weights = detector.trainable_weights
    gradients = tape.gradient(scaled_loss, weights)
    numbers = [loss]
    if not isinstance(detector.optimizer, keras.optimizers.LossScaleOptimizer):
        # That one leaves out such steps by itself and goes on with a lower scale.
        numbers += [one for one in gradients if one is not None]
    admitted = detector.step_guard.admit(observation.finite, numbers)
    apply_if(admitted, detector.optimizer, gradients, weights)
    _update_statistics(detector, images, observation, extremes, any_left)
    put_back_unless(admitted, moving, before)
    loss = ops.where(admitted, loss, float("nan"))
    return _track(detector, loss, observation, values)


def test_step(detector, data):
    """Loss and metrics of one batch with the kept statistics.

    Args:
        detector: a `NoveltyDetector`.
        data: one batch, as `unpack_images` takes.

    Returns:
        Dictionary of metric values.
    """
    images, weight, _ = leave_out_unweighted(*unpack_images(data))
    observation = detector.observe(images, training=False)
    loss, values, _ = detector.compute_loss(
        observation, training=False, sample_weight=weight
    )
    sound = detector.test_guard.admit(observation.finite)
    loss = ops.where(sound, loss, float("nan"))
    return _track(detector, loss, observation, values)


def _own_losses(detector, observation):
    """Losses of regularizers, the user's own encoder's and decoder's among them.

    Not `detector.losses`: the terms have called the encoder again by now, which
    counts the losses of its activities again, too.
    """
    return [*observation.losses, *(e for t in detector.terms for e in t.losses)]


def _update_statistics(detector, images, observation, extremes, any_left=None):
    state = [*detector.normalization.weights, *detector.training_sketch.weights]
    state += [w for term in detector.terms for w in term.non_trainable_weights]
    before = None if any_left is None else [ops.copy(weight) for weight in state]
    detector.training_sketch.update(gather_replicas(detector.hash_pictures(images)))
    for term in detector.terms:
        statistics = term.statistics(observation)
        if statistics is not None:
            term.update_state(gather_replicas(statistics))
    # As at inference: the noise on the latents would shift every moment.
    share = -(-STATISTICS_IMAGES // num_replicas())
    clean = scoring.observe(detector, observation.images[:share])
    values = detector.term_values(clean)
    rounding, smallest = scoring.value_limits(detector.terms, clean, values)
    taken = ops.maximum(scoring.normalizable_values(detector.terms, values), smallest)
    detector.normalization.update_terms(
        batch_mean(taken),
        batch_variance(taken),
        batch_mean(rounding),
        batch_mean(smallest),
    )
    if extremes is None:
        extremes = _extremes(scoring.combined_scores(detector, clean, values)[1])
    detector.normalization.update_extremes(*extremes)
    if before:
        # Of a batch in which no image counts nothing is kept.
        put_back_unless(any_left, state, before)


def _extremes(scores):
    """Smallest and largest over all replicas."""
    scores = gather_replicas(scores)
    return ops.min(scores), ops.max(scores)


def _track(detector, loss, observation, values):
    # The metrics of all replicas are added up, each with its weight.
    shares = num_replicas()
    size = batch_size(observation.images) / shares
    detector._loss_tracker.update_state(loss * shares, sample_weight=size)
    if detector.encoder is None:
        return detector.get_metrics_result()
    error = mean_squared_error(observation.images, observation.reconstructions)
    detector.error_tracker.update_state(error)
    detector.variation_tracker.update_state(
        reconstruction_variation(observation), sample_weight=size
    )
    detector.latents_tracker.update_state(
        active_latents(observation), sample_weight=size
    )
    if detector.novelty_term is not None:
        logits = values[detector.terms.index(detector.novelty_term)]
        detector.novelty_tracker.update_state(
            novelty_deviation(observation, logits), sample_weight=size
        )
    return detector.get_metrics_result()
