"""Learning rate that falls along half a cosine over a run."""

import math

from keras_novnorm.callbacks.epoch_rate import EpochRate


class CosineDecay(EpochRate):
    """Let the learning rate of each epoch fall along half a cosine, to nearly zero.

    Source: Loshchilov and Hutter, "SGDR", 2017, without restarts.

    Args:
        epochs: epochs of the whole run.
    """

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def share(self, epoch):
        """`(1 + cos(pi epoch / epochs)) / 2`."""
        return 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))
