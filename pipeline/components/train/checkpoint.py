"""The state after a whole epoch, kept on any file system."""

import json
import os
import tempfile
import time

import keras

SECONDS = 5.0
"""A state is kept this often at most: of tiny pictures, an epoch takes less time."""

_WEIGHTS = ".weights.h5"
_HISTORY = ".json"


class Checkpoint(keras.callbacks.Callback):
    """Saves weights, optimizer, random states and history after an epoch.

    A kill at any moment loses an epoch and `SECONDS` at most.

    In the place of `keras.callbacks.BackupAndRestore`, which writes over the only copy
    and takes weights and epoch from two files that a kill can part, and which knows
    only file systems that TensorFlow knows. Here an epoch counts when its weights are
    there as a whole; they are written last, and older epochs are deleted after that.

    Args:
        folder: `StoragePath`.
        on_restored: callable, called when a state was put back, or None.

    Attributes:
        epoch: int, epochs that were finished when the training (re)started.
        history: dict from metric to list of float, one per finished epoch.
    """

    def __init__(self, folder, on_restored=None):
        super().__init__()
        self._folder = folder
        self._on_restored = on_restored
        self.epoch = max(self._epochs(), default=0)
        self._done = self._kept = self.epoch
        self._kept_at = time.monotonic()
        self.history = {}
        if self.epoch:
            self.history = json.loads(self._file(self.epoch, _HISTORY).read_text())

    def on_train_begin(self, logs=None):
        """Puts the kept state back, if there is one."""
        if self.epoch:
            self.restore(self.model)
            if self._on_restored:
                self._on_restored(self.history)

    def restore(self, model):
        """Puts the kept state into a compiled model.

        Args:
            model: `keras.Model`.
        """
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
            path = os.path.join(folder, f"checkpoint{_WEIGHTS}")
            with open(path, "wb") as file:
                file.write(self._file(self.epoch, _WEIGHTS).read_bytes())
            model.load_weights(path)

    def on_epoch_end(self, epoch, logs=None):
        """Keeps the state of a finished epoch, if it is time."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self._done = epoch + 1
        if time.monotonic() - self._kept_at >= SECONDS:
            self._keep()

    def on_train_end(self, logs=None):
        """Keeps the last epoch."""
        if self._done > self._kept:
            self._keep()

    def _keep(self):
        with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
            path = os.path.join(folder, f"checkpoint{_WEIGHTS}")
            self.model.save_weights(path)
            with open(path, "rb") as file:
                weights = file.read()
        older = self._folder.files()
        kept = [self._file(self._done, ending) for ending in (_HISTORY, _WEIGHTS)]
        kept[0].write_text(json.dumps(self.history))
        kept[1].write_bytes(weights)
        for file in older:
            # A kill may have left the history of this very epoch.
            if file not in kept:
                file.delete()
        self._kept, self._kept_at = self._done, time.monotonic()

    def _file(self, epoch, ending):
        return self._folder / f"epoch-{epoch:06d}{ending}"

    def _epochs(self):
        for file in self._folder.files():
            if file.name.endswith(_WEIGHTS):
                yield int(file.name.removeprefix("epoch-").removesuffix(_WEIGHTS))
