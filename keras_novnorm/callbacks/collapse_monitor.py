"""Say when training has collapsed."""

import warnings

import keras


class CollapseWarning(UserWarning):
    """The autoencoder gives the same picture back for every image."""


class CollapseMonitor(keras.callbacks.Callback):
    """Watch whether reconstructions vary, and mark the detector if they do not.

    A collapsed autoencoder trains without an error: the loss stands still and the
    score means little. The sign is the metric `reconstruction_variation`, the
    spread of reconstructions over a batch relative to that of the images. When it
    stays below `minimum` for `patience` epochs, or is there at the end of
    training, a `CollapseWarning` tells the number, and `detector.is_collapsed` is
    set, which stops a plain export. `NoveltyDetector.fit` adds this callback
    unless one is given.

    Args:
        minimum: smallest variation of a working autoencoder, relative to 1.
        patience: epochs in a row below `minimum` before training stops.
        warmup_steps: steps of the optimizer before which nothing is held against
            a detector; with few images an epoch has few.
        stop_training: whether to stop then.
    """

    def __init__(self, minimum=0.1, patience=5, warmup_steps=500, stop_training=True):
        super().__init__()
        self.minimum = minimum
        self.patience = patience
        self.warmup_steps = warmup_steps
        self.stop_training = stop_training
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        """Forget an earlier run: one instance serves two `fit` calls."""
        self.epochs_below = 0
        self.last = None
        self.warned = False

    def on_epoch_end(self, epoch, logs=None):
        """Look at the epoch's variation."""
        self.last = (logs or {}).get("reconstruction_variation")
        if self.last is None:
            return
        early = int(self.model.optimizer.iterations) < self.warmup_steps
        low = self._is_low() and not early
        self.epochs_below = self.epochs_below + 1 if low else 0
        if self.epochs_below == self.patience:
            self._warn(f"after {epoch + 1} epochs")
            if self.stop_training:
                self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Mark the detector by what the last epoch showed."""
        if self.last is None:
            return
        self.model.mark_collapsed(self._is_low())
        if self._is_low() and not self.warned:
            self._warn("at the end of training")

    def _is_low(self):
        # NaN is no variation either.
        return not self.last >= self.minimum

    def _warn(self, when):
        self.warned = True
        warnings.warn(
            f"Training has collapsed: {when} the reconstructions vary by "
            f"{self.last:.3g} of what the images do (at least {self.minimum:g} is "
            "expected): every image comes back as nearly the same picture. Try "
            "another seed, more epochs or a lower learning rate.",
            CollapseWarning,
            stacklevel=2,
        )
