"""How a detector is trained: loss, steps, and what `fit` adds."""

import keras
import tensorflow as tf
from keras import ops

from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor
from keras_novnorm.callbacks.step_decay import StepDecay
from keras_novnorm.models.image_batches import (
    as_batches,
    peek_batches,
    unpack_images,
)
from keras_novnorm.models.restart import restart_from_new_weights
from keras_novnorm.models.training_health import (
    active_latents,
    novelty_deviation,
    reconstruction_variation,
)
from keras_novnorm.terms.reconstruction_error import mean_squared_error

# How many images of each training batch are also seen as at inference, without
# noise, for the running moments of the terms.
STATISTICS_IMAGES = 16


def gather_replicas(values):
    """Values of all replicas, so that extremes and moments are the whole batch's.

    Args:
        values: tensor `[B, ...]` of this replica.

    Returns:
        Tensor `[B of all replicas, ...]`.
    """
    if not tf.distribute.in_cross_replica_context():
        context = tf.distribute.get_replica_context()
        if context.num_replicas_in_sync > 1:
            return context.all_gather(values, axis=0)
    return values


def scale_for_replicas(loss):
    """A replica's share of the loss, since gradients are summed over replicas.

    Args:
        loss: float scalar, mean over this replica's images.

    Returns:
        Float scalar.
    """
    return loss / tf.distribute.get_strategy().num_replicas_in_sync


class OneClassTrainer:
    """The training half of `NoveltyDetector`; to be mixed in before `keras.Model`."""

    def compile(self, optimizer=None, **kwargs):
        """Configure for training; every argument has a default that works.

        Args:
            optimizer: a Keras optimizer; Adam at the recipe's learning rate unless
                given.
            **kwargs: passed to `keras.Model.compile` (`jit_compile`,
                `steps_per_execution`, `run_eagerly`, ...). `loss` is the
                detector's own and not accepted.

        Raises:
            ValueError: if a `loss` is given.
        """
        if kwargs.pop("loss", None) is not None:
            raise ValueError(
                "The loss of NoveltyDetector is its own (eq. (4) and (6)) and is not "
                "configurable. Leave `loss` out of `compile()`."
            )
        if optimizer is None:
            optimizer = keras.optimizers.Adam(self.recipe["learning_rate"])
        super().compile(optimizer=optimizer, **kwargs)

    def compile_from_config(self, config):
        """Compile as `get_compile_config` says, when loading.

        Args:
            config: dictionary from `get_compile_config`.
        """
        config = keras.saving.deserialize_keras_object(config)
        # Keras writes all its arguments; ours has no use for the empty ones.
        self.compile(**{k: v for k, v in config.items() if v is not None})
        if self.built and self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=None,
        verbose="auto",
        callbacks=None,
        restarts=0,
        **kwargs,
    ):
        """Train on images of the normal class; labels, if any, are ignored.

        Without `epochs` the preset's recipe is followed: epochs, batch size and
        the steps of the learning rate. With `epochs` the learning rate stays as
        `compile` set it.

        Before the first step the decoder's output bias is set to the mean of the
        first images, if the decoder offers that. A `CollapseMonitor` watches.

        Args:
            x: `tf.data.Dataset` (of batches or of single images), array `[N, H,
                W, C]`, generator or `PyDataset`, uint8 in [0, 255] or float in
                [0, 1]; images alone, `(image, label)`, `(image, label, weight)` or
                a dictionary with the key `"image"`.
            y: ignored; for the habit of `fit(x, x)`.
            batch_size: images per step, where `x` is not batched yet.
            epochs: number of passes; the recipe's unless given.
            verbose: as in Keras.
            callbacks: list of Keras callbacks.
            restarts: how often to begin again with other starting values when
                training has collapsed; `num_restarts` then says how often it was.
            **kwargs: passed to `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: if images have another shape than the detector's.
        """
        callbacks = list(callbacks or [])
        recipe_batch = batch_size or self.recipe["batch_size"]
        x = as_batches(x, self.image_shape, recipe_batch)
        if epochs is None:
            epochs = self.recipe["epochs"]
            callbacks.append(StepDecay(self.recipe["learning_rate_drops"], epochs))
        if not any(isinstance(callback, CollapseMonitor) for callback in callbacks):
            callbacks.append(CollapseMonitor())
        if hasattr(x, "shape"):
            kwargs["batch_size"] = recipe_batch
        else:
            kwargs.setdefault("shuffle", False)  # Keras shuffles arrays only, and warns
        readable_again = isinstance(x, (tf.data.Dataset, keras.utils.PyDataset))
        if restarts and not (readable_again or hasattr(x, "shape")):
            raise ValueError(
                "`restarts` needs data that can be read again: an array, a "
                f"`tf.data.Dataset` or a `PyDataset`. Received: {type(x).__name__}"
            )
        for attempt in range(restarts + 1):
            if attempt:
                restart_from_new_weights(self)
                self.restarts_made.assign(float(attempt))
            history = super().fit(
                x=self._initialize_output(x, recipe_batch),
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                **kwargs,
            )
            if not self.is_collapsed:
                break
        return history

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """Loss and metrics on normal images, with the kept statistics.

        Args:
            x: as in `fit`.
            y: ignored.
            batch_size: images per step, where `x` is not batched yet.
            **kwargs: passed to `keras.Model.evaluate`.

        Returns:
            As `keras.Model.evaluate`.
        """
        size = batch_size or self.recipe["batch_size"]
        x = as_batches(x, self.image_shape, size)
        if hasattr(x, "shape"):
            kwargs["batch_size"] = size
        return super().evaluate(x=x, **kwargs)

    def compute_loss(self, observation, training=True, sample_weight=None):
        """Loss of a batch: eq. (4) in the form that trains.

        `mean_i Reg(S_i) - l2 ‖W‖_0 + sum of the terms' own losses`, with `S` of
        eq. (7), `Reg` of eq. (6) and the count of eq. (3) outside of `Reg`, where
        a constant of the batch would cancel.

        Args:
            observation: an `Observation` of the batch.
            training: whether `Reg` uses the extremes of this batch.
            sample_weight: float tensor `[B]` or `None`.

        Returns:
            Tuple `(loss, values, extremes)`: float scalar, the terms' values as
            `term_values` gives them, and the pair of the batch's extremes of `S`
            over all replicas.
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
        loss = ops.mean(losses)
        if self.count_weight and self.novelty_term is not None:
            loss = loss - self.count_weight * self.novelty_term.count()
        # Regularizers and activity losses of the user's own encoder and decoder.
        for extra in self.losses:
            loss = loss + ops.cast(extra, loss.dtype)
        return loss, values, extremes

    def train_step(self, data):
        """One step: loss, scaled gradients, update, statistics.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of metric values.
        """
        images, sample_weight = unpack_images(data)
        with tf.GradientTape() as tape:
            observation = self.observe(images, training=True)
            loss, values, extremes = self.compute_loss(
                observation, training=True, sample_weight=sample_weight
            )
            scaled_loss = self.optimizer.scale_loss(scale_for_replicas(loss))
        weights = self.trainable_weights
        self.optimizer.apply_gradients(
            zip(tape.gradient(scaled_loss, weights), weights, strict=True)
        )
        self._update_statistics(observation, extremes)
        return self._track(loss, observation, values)

    def test_step(self, data):
        """Loss and metrics of one batch with the kept statistics.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of metric values.
        """
        images, sample_weight = unpack_images(data)
        observation = self.observe(images, training=False)
        loss, values, _ = self.compute_loss(
            observation, training=False, sample_weight=sample_weight
        )
        return self._track(loss, observation, values)

    def predict_step(self, data):
        """Outputs of one batch.

        Args:
            data: one batch, as `unpack_images` takes.

        Returns:
            Dictionary of outputs, each `[B]`.
        """
        return self(unpack_images(data)[0], training=False)

    def _initialize_output(self, x, batch_size):
        initialize = getattr(self.decoder, "initialize_output_bias", None)
        started = getattr(self.optimizer, "iterations", None)
        if initialize is None or (started is not None and int(started) > 0):
            return x
        batches, x = peek_batches(x, batch_size)
        if batches:
            images = ops.concatenate([self.unit_range(b) for b in batches], axis=0)
            initialize(ops.mean(images, axis=(0, 1, 2)))
        return x

    def _update_statistics(self, observation, extremes):
        self.normalization.update_extremes(*extremes)
        for term in self.terms:
            statistics = term.statistics(observation)
            if statistics is not None:
                term.update_state(gather_replicas(statistics))
        # As at inference: the noise on the latents would shift every moment.
        clean = self.observe(observation.images[:STATISTICS_IMAGES], training=False)
        values = gather_replicas(self.normalizable_values(self.term_values(clean)))
        self.normalization.update_terms(
            ops.mean(values, axis=0), ops.var(values, axis=0)
        )

    def _track(self, loss, observation, values):
        size = ops.shape(observation.images)[0]
        self._loss_tracker.update_state(loss, sample_weight=size)
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
