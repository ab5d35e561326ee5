"""One step of training, evaluation and prediction."""

import keras
import tensorflow as tf
from keras import ops

from keras_novnorm.models.image_batches import unpack_images
from keras_novnorm.models.replicas import (
    batch_mean,
    batch_size,
    batch_variance,
    gather_replicas,
    num_replicas,
)
from keras_novnorm.models.sample_weights import leave_out_unweighted
from keras_novnorm.models.step_guard import (
    apply_if,
    moving_weights,
    put_back_unless,
)
from keras_novnorm.models.training_health import (
    active_latents,
    novelty_deviation,
    reconstruction_variation,
)
from keras_novnorm.terms.reconstruction_error import mean_squared_error

# How many images of each training batch (of all replicas) are also seen as at
# inference, without noise, for the running moments of the terms.
STATISTICS_IMAGES = 16


class TrainingSteps:
    """The steps of `NoveltyDetector`; to be mixed in before `keras.Model`."""

    def compute_loss(self, observation, training=True, sample_weight=None):
        """Loss of a batch: eq. (4) in the form that trains.

        `mean_i w_i Reg(S_i) - l2 ‖W‖_0 + sum of the terms' own losses`, with `S`
        of eq. (7), `Reg` of eq. (6) and the count of eq. (3) outside of `Reg`,
        where a constant of the batch would cancel.

        Args:
            observation: an `Observation` of the batch.
            training: whether `Reg` uses the extremes of this batch.
            sample_weight: float tensor `[B]` or `None`.

        Returns:
            Tuple `(loss, values, extremes)`: float scalar, the terms' values as
            `term_values` gives them, and the pair of the batch's extremes of `S`
            over all replicas. Where replicas share the batch, `loss` is this
            one's part of it: the sum over replicas is the loss of the batch, and
            so with the gradients, which optimizers sum.
        """
        values = self.term_values(observation)
        scores = self.paper_scores(observation, values)
        all_scores = gather_replicas(scores)
        extremes = ops.min(all_scores), ops.max(all_scores)
        losses = scores
        if self.normalize_loss:
            losses = self.normalization(scores, training=training, extremes=extremes)
        for term, value in zip(self.terms, values, strict=True):
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
            ops.cast(extra, loss.dtype) for extra in self._own_losses(observation)
        ]
        if self.count_weight and self.novelty_term is not None:
            common.append(-self.count_weight * self.novelty_term.count())
        loss = loss + sum(common) / num_replicas()
        return loss, values, extremes

    def train_step(self, data):
        """One step: loss, scaled gradients, update, statistics.

        A batch that is not finite changes nothing; `step_guard` remembers it.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of metric values.
        """
        images, weight, any_left = leave_out_unweighted(*unpack_images(data))
        # Here already, and all else after it: what it refuses has moved nothing.
        with tf.control_dependencies([self.unit_range(images)]):
            return self._learn(images, weight, any_left)

    def _learn(self, images, weight, any_left):
        moving = moving_weights(self)
        before = [ops.copy(one) for one in moving]
        with tf.GradientTape() as tape:
            observation = self.observe(images, training=True)
            loss, values, extremes = self.compute_loss(
                observation, training=True, sample_weight=weight
            )
            scaled_loss = self.optimizer.scale_loss(loss)
        weights = self.trainable_weights
        gradients = tape.gradient(scaled_loss, weights)
        numbers = [loss]
        if not isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            # That one leaves out such steps by itself and goes on with a lower scale.
            numbers += [one for one in gradients if one is not None]
        admitted = self.step_guard.admit(observation.finite, numbers)
        apply_if(admitted, self.optimizer, gradients, weights)
        self._update_statistics(images, observation, extremes, any_left)
        put_back_unless(admitted, moving, before)
        loss = ops.where(admitted, loss, float("nan"))
        return self._track(loss, observation, values)

    def test_step(self, data):
        """Loss and metrics of one batch with the kept statistics.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of metric values.
        """
        images, weight, _ = leave_out_unweighted(*unpack_images(data))
        observation = self.observe(images, training=False)
        loss, values, _ = self.compute_loss(
            observation, training=False, sample_weight=weight
        )
        sound = self.test_guard.admit(observation.finite)
        loss = ops.where(sound, loss, float("nan"))
        return self._track(loss, observation, values)

    def predict_step(self, data):
        """Outputs of one batch.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of outputs, each `[B]`.
        """
        return self(unpack_images(data)[0], training=False)

    def _own_losses(self, observation):
        """Losses of regularizers, the user's own encoder's and decoder's among them.

        Not `self.losses`: the terms have called the encoder again by now, which
        counts the losses of its activities again, too.
        """
        return [*observation.losses, *(e for t in self.terms for e in t.losses)]

    def _update_statistics(self, images, observation, extremes, any_left=None):
        state = [*self.normalization.weights, *self.training_sketch.weights]
        state += [w for term in self.terms for w in term.non_trainable_weights]
        before = None if any_left is None else [ops.copy(weight) for weight in state]
        self.training_sketch.update(gather_replicas(self.hash_pictures(images)))
        self.normalization.update_extremes(*extremes)
        for term in self.terms:
            statistics = term.statistics(observation)
            if statistics is not None:
                term.update_state(gather_replicas(statistics))
        # As at inference: the noise on the latents would shift every moment.
        share = -(-STATISTICS_IMAGES // num_replicas())
        clean = self.observe(observation.images[:share], training=False)
        values = self.term_values(clean)
        rounding, smallest = self.value_limits(clean, values)
        values = ops.maximum(self.normalizable_values(values), smallest)
        self.normalization.update_terms(
            batch_mean(values),
            batch_variance(values),
            batch_mean(rounding),
            batch_mean(smallest),
        )
        if before:
            # Of a batch in which no image counts nothing is kept.
            put_back_unless(any_left, state, before)

    def _track(self, loss, observation, values):
        # The metrics of all replicas are added up, each with its weight.
        shares = num_replicas()
        size = batch_size(observation.images) / shares
        self._loss_tracker.update_state(loss * shares, sample_weight=size)
        error = mean_squared_error(observation.images, observation.reconstructions)
        self.error_tracker.update_state(error)
        self.variation_tracker.update_state(
            reconstruction_variation(observation), sample_weight=size
        )
        self.latents_tracker.update_state(
            active_latents(observation), sample_weight=size
        )
        if self.novelty_term is not None:
            logits = values[self.terms.index(self.novelty_term)]
            self.novelty_tracker.update_state(
                novelty_deviation(observation, logits), sample_weight=size
            )
        return self.get_metrics_result()
