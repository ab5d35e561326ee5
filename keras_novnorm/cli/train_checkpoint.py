"""The state after a whole epoch, so that a training that was stopped goes on."""

import json
import os
import pathlib
import time

import keras

SECONDS = 5.0
"""A state is kept this often at most: of tiny pictures, an epoch takes less time."""

_WEIGHTS = ".weights.h5"
_HISTORY = ".json"


class TrainCheckpoint(keras.callbacks.Callback):
    """Saves weights, optimizer, random states and history after an epoch.

    An epoch counts when its weights are there as a whole; they appear last, by a
    rename, and older epochs are deleted after that. So a kill at any moment loses an
    epoch and `SECONDS` at most. Keras' own `BackupAndRestore` writes over the only
    copy.

    Args:
        folder: path.
        on_restored: callable of the history, called when a state was put back; or None.

    Attributes:
        epoch: int, epochs that were finished when the training (re)started.
        history: dict from metric to list of float, one per finished epoch.
    """

    def __init__(self, folder, on_restored=None):
        super().__init__()
        self._folder = pathlib.Path(folder)
        self._on_restored = on_restored
        self._folder.mkdir(parents=True, exist_ok=True)
        self.epoch = max(self._epochs(), default=0)
        self._done = self._kept = self.epoch
        self._kept_at = time.monotonic()
        self.history = {}
        if self.epoch:
            text = self._file(self.epoch, _HISTORY).read_text(encoding="utf-8")
            self.history = json.loads(text)

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
        model.load_weights(self._file(self.epoch, _WEIGHTS))

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
        older = list(self._folder.iterdir())
        history = self._file(self._done, _HISTORY)
        history.write_text(json.dumps(self.history), encoding="utf-8")
        staging = self._folder / f"part{_WEIGHTS}"
        self.model.save_weights(staging, overwrite=True)
        os.replace(staging, self._file(self._done, _WEIGHTS))
        for file in older:
            if file not in (history, staging):
                file.unlink(missing_ok=True)
        self._kept, self._kept_at = self._done, time.monotonic()

    def _file(self, epoch, ending):
        return self._folder / f"epoch-{epoch:06d}{ending}"

    def _epochs(self):
        for file in self._folder.glob(f"epoch-*{_WEIGHTS}"):
            yield int(file.name.removeprefix("epoch-").removesuffix(_WEIGHTS))
