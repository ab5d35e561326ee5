"""A training's progress: a bar of its epochs with the loss."""

import keras


class EpochProgress(keras.callbacks.Callback):
    """Moves a bar with each epoch.

    Args:
        console: `Console`.
        epochs: int, in all.
    """

    def __init__(self, console, epochs):
        super().__init__()
        self._console = console
        self._epochs = epochs
        self._bar = None

    def on_epoch_begin(self, epoch, logs=None):
        """Opens the bar at the first epoch, whichever that is."""
        if self._bar is None:
            self._bar = self._console.progress(
                total=self._epochs, description="training", unit="epoch"
            )
            self._bar.update(epoch)

    def on_epoch_end(self, epoch, logs=None):
        """Moves it on."""
        self._bar.set_postfix_str(f"loss {(logs or {}).get('loss', 0.0):.4f}")
        self._bar.update()

    def on_train_end(self, logs=None):
        """Closes it."""
        if self._bar is not None:
            self._bar.close()
