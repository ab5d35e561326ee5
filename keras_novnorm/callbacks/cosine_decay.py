"""Learning rate that falls along half a cosine over a run."""

import math

import keras


class CosineDecay(keras.callbacks.Callback):
    """Let the learning rate of each epoch fall along half a cosine, to nearly zero.

    Source: Loshchilov and Hutter, "SGDR", 2017, without restarts. The rate depends
    on the epoch's number alone, so that a run that was interrupted and resumed
    follows the same curve. When training ends the rate is what it was before. An
    optimizer with a schedule of its own is left alone.

    Args:
        epochs: epochs of the whole run.
    """

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs
        self.base_rate = None

    def on_train_begin(self, logs=None):
        """Remember the rate that training starts with."""
        rate = self.model.optimizer.get_config()["learning_rate"]
        self.base_rate = float(rate) if not isinstance(rate, dict) else None

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate of this epoch."""
        if self.base_rate is not None:
            share = 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))
            self.model.optimizer.learning_rate = self.base_rate * share

    def on_train_end(self, logs=None):
        """Put the rate back."""
        if self.base_rate is not None:
            self.model.optimizer.learning_rate = self.base_rate
