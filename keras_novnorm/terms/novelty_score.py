"""Novelty score, eq. (2): a small network on the latent."""

import keras
from keras import ops

from keras_novnorm.keras_settings import EPSILON
from keras_novnorm.regularizers.l0_count import L0Count
from keras_novnorm.terms.base import Term
from keras_novnorm.terms.rounding import own_rounding


@keras.saving.register_keras_serializable(package="keras_novnorm")
class NoveltyScore(Term):
    """Novelty score `L_ns(x_i) = sigmoid(MLP(z_i; W))`, eq. (2).

    The term's value is the logit `MLP(z_i; W)`, which keeps its resolution where
    the sigmoid is flat; `to_paper` gives eq. (2) itself. The head is trained with
    the autoencoder: it enters the sum `S` of eq. (7).

    On plain `z` the head rewards long latents, so that sparse and smooth normals
    rank backwards. With `scale_latents` every `z` is brought to the length
    `sqrt(D)` first, and the head learns a direction. The paper uses plain `z`.

    Args:
        hidden_units: widths of the dense layers before the last; `(32,)` makes the
            paper's two layers.
        negative_slope: slope of the leaky ReLU between them.
        scale_latents: whether `z` is scaled to one length before the head.
        count_penalty: the `L0Count` of the head's kernels, eq. (3).
        name: name of the output.
        **kwargs: passed to `Term`.
    """

    normalized_after = "identity"

    def __init__(
        self,
        hidden_units=(32,),
        negative_slope=0.1,
        scale_latents=True,
        count_penalty=None,
        name="novelty_score",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.hidden_units = tuple(hidden_units)
        self.negative_slope = negative_slope
        self.scale_latents = scale_latents
        if isinstance(count_penalty, dict):
            count_penalty = keras.saving.deserialize_keras_object(count_penalty)
        self.count_penalty = count_penalty or L0Count()
        self.dense_layers = [
            keras.layers.Dense(units, dtype=self.dtype_policy, name=f"dense_{index}")
            for index, units in enumerate((*self.hidden_units, 1), start=1)
        ]

    def build(self, latent_shape):
        """Create the kernels.

        Args:
            latent_shape: shape of `z`, `(None, D)`.
        """
        shape = tuple(latent_shape)
        for dense in self.dense_layers:
            dense.build(shape)
            shape = dense.compute_output_shape(shape)
        self.built = True

    def call(self, observation):
        """Logit of eq. (2) for each image, float32 `[B]`."""
        hidden = self._hidden(observation)
        return ops.squeeze(self.dense_layers[-1](hidden), axis=-1)

    def rounding(self, observation, values):
        """Rounding of the logit: a step of the largest sum it is made of, `[B]`."""
        last = self.dense_layers[-1]
        summands = ops.abs(self._hidden(observation)) @ ops.abs(last.kernel)
        size = ops.squeeze(summands, axis=-1) + ops.abs(last.bias[0])
        return own_rounding(ops.maximum(size, ops.abs(values)), in_logarithm=False)

    def _hidden(self, observation):
        x = ops.cast(observation.latents, "float32")
        if self.scale_latents:
            mean_square = ops.mean(ops.square(x), axis=-1, keepdims=True)
            x = x * ops.rsqrt(mean_square + EPSILON)
        for dense in self.dense_layers[:-1]:
            x = ops.leaky_relu(dense(x), self.negative_slope)
        return x

    def to_paper(self, values):
        """Eq. (2): the sigmoid of the logit, float32 `[B]` in [0, 1]."""
        return ops.sigmoid(values)

    def count(self):
        """`‖W‖_0` of eq. (3), over the kernels of the head, a float32 scalar."""
        return sum(self.count_penalty(dense.kernel) for dense in self.dense_layers)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "negative_slope": self.negative_slope,
            "scale_latents": self.scale_latents,
            "count_penalty": keras.saving.serialize_keras_object(self.count_penalty),
        }
