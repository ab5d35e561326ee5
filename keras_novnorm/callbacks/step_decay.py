"""Learning rate that falls by a factor of ten at given points of a run."""

from keras_novnorm.callbacks.epoch_rate import EpochRate


class StepDecay(EpochRate):
    """Multiply the learning rate by 0.1 at fractions of the run.

    Args:
        drops: fractions of the run, in (0, 1), at which the rate falls.
        epochs: epochs of the whole run.
        factor: what the rate is multiplied with.
    """

    def __init__(self, drops, epochs, factor=0.1):
        super().__init__()
        self.drops = tuple(drops)
        self.epochs = epochs
        self.factor = factor

    def share(self, epoch):
        """`factor` to the power of the drops that are past."""
        past = sum(epoch >= round(drop * self.epochs) for drop in self.drops)
        return self.factor**past
