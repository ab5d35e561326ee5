"""Learning rate that is set anew for each epoch."""

import contextlib

import keras


class EpochRate(keras.callbacks.Callback):
    """Multiply the learning rate with a share that the epoch's number decides.

    The rate depends on that number alone, so that a run that was interrupted and
    resumed follows the same curve. When training ends the rate is what it was
    before, and a second `fit` starts like the first. An optimizer with a schedule of
    its own is left alone. A subclass implements `share(epoch)`.
    """

    def __init__(self):
        super().__init__()
        self.base_rate = None

    def share(self, epoch):
        """What the first rate is multiplied with; to be implemented.

        Args:
            epoch: int, from 0 on.

        Returns:
            Float.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no `share(epoch)`.")

    def on_train_begin(self, logs=None):
        """Remember the rate that training starts with."""
        optimizer = self.model.optimizer
        # Half precision wraps it, and the wrapper's configuration has no rate.
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        rate = optimizer.get_config()["learning_rate"]
        self.base_rate = float(rate) if not isinstance(rate, dict) else None

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate of this epoch."""
        if self.base_rate is not None:
            self.model.optimizer.learning_rate = self.base_rate * self.share(epoch)

    def on_train_end(self, logs=None):
        """Put the rate back."""
        if self.base_rate is not None:
            self.model.optimizer.learning_rate = self.base_rate


@contextlib.contextmanager
def rates_put_back(callbacks):
    """A training after which the rate is the first again, though it was interrupted.

    Keras does not end the callbacks of a training that raises.

    Args:
        callbacks: list of callbacks of the training.

    Yields:
        None.
    """
    try:
        yield
    except BaseException:
        for callback in callbacks:
            if isinstance(callback, EpochRate):
                callback.on_train_end()
        raise
