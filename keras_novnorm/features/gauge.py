"""What measures how far features are from the normal ones."""

import keras


class Gauge(keras.layers.Layer):
    """Takes one look at a network's stages, and gives one or more measures.

    A gauge is estimated in one pass: `collector` gathers `inputs` of normals, fold by
    fold, within a bounded memory; `fit` makes weights of them.

    Args:
        measures: names of what `call` gives.
        **kwargs: passed to `keras.layers.Layer`.
    """

    HAS_MAP = False
    """Whether it tells where, by `places`."""

    def __init__(self, measures, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.measures = tuple(measures)

    def inputs(self, stages):
        """What it looks at.

        Args:
            stages: list of float tensors `[B, h, w, D]`.

        Returns:
            Float32 tensor `[B, ...]`.
        """
        raise NotImplementedError

    def call(self, inputs):
        """Measures of each picture.

        Args:
            inputs: as `inputs` gives them.

        Returns:
            Dictionary of `measures` to float32 `[B]`, not negative.
        """
        raise NotImplementedError

    def rounding(self, inputs, values):
        """What rounding leaves of the measures.

        Args:
            inputs: as `inputs` gives them.
            values: dictionary of `measures` to float32 `[B]`.

        Returns:
            Dictionary of `measures` to tuples of float32 `[B]`: how far rounding moves
            the logarithm, and the value below which it is rounding alone.
        """
        raise NotImplementedError

    def places(self, inputs):
        """How far each place is from the normal ones, float32 `[B, h, w]`."""
        raise NotImplementedError

    def collector(self, folds):
        """A new object that gathers what `fit` needs of normals, in folds."""
        raise NotImplementedError

    def update(self, collector, inputs, folds):
        """Gather from normals.

        Args:
            collector: as `collector` gives it.
            inputs: float array `[B, ...]`.
            folds: int array `[B]`, the fold of each.
        """
        collector.update(inputs, folds)

    def fit(self, collector):
        """Make weights of what was gathered."""
        raise NotImplementedError

    def left_out(self, collector, inputs, folds):
        """Measures of normals by what the other folds say; after `fit`.

        Args:
            collector: the one that `fit` was given.
            inputs: float array `[N, ...]`.
            folds: int array `[N]`, the fold of each.

        Returns:
            Dictionary of `measures` to float arrays `[N]`.
        """
        raise NotImplementedError
