"""Progress of a training run in a few readable lines."""

import time

import keras


class EpochLog(keras.callbacks.Callback):
    """Logs the first and the last epoch, and others at least `interval` seconds apart.

    A line has the epoch, its loss and the seconds since the start.

    Args:
        context: `Context` to say it by.
        interval: float, seconds between lines.
    """

    def __init__(self, context, interval=2.0):
        super().__init__()
        self._context = context
        self.interval = interval

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self._started = time.monotonic()
        self._logged = None

    def on_epoch_end(self, epoch, logs=None):
        """Logs one line, if it is time for one."""
        now, epochs = time.monotonic(), self.params["epochs"]
        waited = self._logged is None or now - self._logged >= self.interval
        if not waited and epoch + 1 < epochs:
            return
        self._logged = now
        loss = (logs or {}).get("loss", float("nan"))
        self._context.say(
            f"epoch {epoch + 1:{len(str(epochs))}d}/{epochs}  loss {loss:8.4f}  "
            f"{now - self._started:6.1f} s"
        )
