"""Progress of a training run in one readable line an epoch."""

import logging
import time

import keras

_LOGGER = logging.getLogger("pipeline")


class EpochLog(keras.callbacks.Callback):
    """Logs epoch, loss and seconds; a worker's terminal takes no progress bars."""

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the clock."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Logs one line."""
        epochs = self.params["epochs"]
        _LOGGER.info(
            "train: epoch %*d/%d  loss %8.4f  %5.1f s",
            len(str(epochs)),
            epoch + 1,
            epochs,
            (logs or {}).get("loss", float("nan")),
            time.monotonic() - self._started,
        )
