"""Learning rate that falls by a factor of ten at given points of a run."""

import keras


class StepDecay(keras.callbacks.Callback):
    """Multiply the learning rate by 0.1 at fractions of the run.

    The rate depends on the epoch's number alone, so that a run that was
    interrupted and resumed follows the same steps. When training ends the rate is
    what it was before, and a second `fit` starts like the first. An optimizer with
    a schedule of its own is left alone.

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
        self.base_rate = None

    def on_train_begin(self, logs=None):
        """Remember the rate that training starts with."""
        rate = self.model.optimizer.get_config()["learning_rate"]
        self.base_rate = float(rate) if not isinstance(rate, dict) else None

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate of this epoch."""
        if self.base_rate is not None:
            past = sum(epoch >= round(drop * self.epochs) for drop in self.drops)
            self.model.optimizer.learning_rate = self.base_rate * self.factor**past

    def on_train_end(self, logs=None):
        """Put the rate back."""
        if self.base_rate is not None:
            self.model.optimizer.learning_rate = self.base_rate
