"""How much of a component came from the picture that is looked at."""

import keras
import numpy as np
from keras import ops

from keras_novnorm.layers.optional_state import OptionalState
from keras_novnorm.layers.statistic import add_statistic


@keras.saving.register_keras_serializable(package="keras_novnorm")
class OwnShare(OptionalState):
    """What pictures have on components for which they are the reason themselves.

    A component is where pictures differ. One that is like no other makes a component
    of its own, and is rebuilt by it: its error is small because it was learned from.
    A picture's share of the squares of all pictures on a component is what would be
    missing there without it; so much of its own square counts as not rebuilt.

    Args:
        components: how many components.
        **kwargs: passed to `keras.layers.Layer`.

    Call arguments:
        places: float32 `[B, K]`, of pictures that the components come from.

    Returns:
        Float32 tensor `[B]`, sums of squares; 0 where no statistics were taken.
    """

    def __init__(self, components, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.components = components

    def build(self, input_shape=None):
        """Create the statistic: nothing seen."""
        self.squares = add_statistic(self, "squares", (self.components,), "zeros")
        self.built = True

    def fit(self, places):
        """Take the squares of all pictures on each component.

        Args:
            places: float array `[N, K']`, with `K'` at most `components`.
        """
        squares = np.zeros(self.components, "float32")
        # Without a picture the mean moves away from it, too.
        squares[: places.shape[1]] = (
            np.square(places, dtype="float64").sum(axis=0) * (len(places) - 1)
        ) / len(places)
        self.squares.assign(squares)

    def call(self, places):
        """What each picture has by itself."""
        own = ops.square(places)
        known = ops.maximum(self.squares, 1e-30)
        share = ops.minimum(own / known, 1.0)
        return ops.sum(ops.where(self.squares > 0, own * share, 0.0), axis=-1)

    def get_config(self):
        """Constructor arguments, as plain values."""
        return {**super().get_config(), "components": self.components}
