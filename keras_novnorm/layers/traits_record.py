"""What the pictures of a training were like, kept with the detector."""

import keras
import numpy as np

from keras_novnorm.layers.optional_state import OptionalState
from keras_novnorm.layers.statistic import add_statistic

NAMES = ("size", "proportions", "colour", "range")
"""What is measured of each picture; see `datasets.picture_traits`."""


@keras.saving.register_keras_serializable(package="keras_novnorm")
class TraitsRecord(OptionalState):
    """The least and the greatest of each trait of the pictures of the training.

    Set by what reads picture files; arrays have no size or colours of their own.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def build(self, input_shape=None):
        """Create the weight: nothing is known."""
        nothing = keras.initializers.Constant(np.nan)
        self.ends = add_statistic(self, "ends", (len(NAMES), 2), nothing)
        self.built = True

    def assign(self, ends):
        """Keep what the pictures were like.

        Args:
            ends: dictionary from `NAMES` to pairs `(least, greatest)`.
        """
        self.ends.assign([ends[name] for name in NAMES])

    def as_dict(self):
        """Returns dictionary from `NAMES` to `[least, greatest]`, or `None`."""
        ends = self.ends.numpy()
        if not np.all(np.isfinite(ends)):
            return None
        pairs = ends.astype(float).tolist()
        return dict(zip(NAMES, pairs, strict=True))
