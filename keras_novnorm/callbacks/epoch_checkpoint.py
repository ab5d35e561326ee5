"""The state after a whole epoch, so that a training that was stopped goes on."""

import json
import os
import pathlib
import tempfile
import time

import keras

SECONDS = 5.0
"""A state is kept this often at most: of tiny pictures, an epoch takes less time."""

_WEIGHTS = ".weights.h5"
_HISTORY = ".json"


class EpochCheckpoint(keras.callbacks.Callback):
    """Saves weights, optimizer, random states and history after an epoch.

    A kill at any moment loses an epoch and `SECONDS` at most.

    In the place of `keras.callbacks.BackupAndRestore`, which writes over the only copy
    and takes weights and epoch from two files that a kill can part, and which knows
    only file systems that TensorFlow knows. Here an epoch counts when its weights are
    there as a whole; they are written last, and older epochs are deleted after that.

    A subclass may have `names`, `read`, `write` and `delete` of a folder elsewhere.

    Args:
        folder: path of a folder on this machine, which is made.
        on_restored: callable of the history, called when a state was put back; or None.

    Attributes:
        epoch: int, epochs that were finished when the training (re)started.
        history: dict from metric to list of float, one per finished epoch.
    """

    def __init__(self, folder, on_restored=None):
        super().__init__()
        self._folder = self.open(folder)
        self._on_restored = on_restored
        self.epoch = max(self._epochs(), default=0)
        self._done = self._kept = self.epoch
        self._kept_at = time.monotonic()
        self.history = {}
        if self.epoch:
            self.history = json.loads(self.read(_name(self.epoch, _HISTORY)))

    def open(self, folder):
        """Makes the folder, if it is not there; returns it."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def names(self):
        """Returns list of str, the files that are there."""
        return [path.name for path in self._folder.iterdir()]

    def read(self, name):
        """Returns bytes, the content of a file."""
        return (self._folder / name).read_bytes()

    def write(self, name, content):
        """Writes bytes to a file that is there as a whole or not at all."""
        staging = self._folder / f"part-{name}"
        staging.write_bytes(content)
        os.replace(staging, self._folder / name)

    def delete(self, name):
        """Deletes a file; nothing there is no error."""
        (self._folder / name).unlink(missing_ok=True)

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
            path = pathlib.Path(folder, f"checkpoint{_WEIGHTS}")
            path.write_bytes(self.read(_name(self.epoch, _WEIGHTS)))
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
            path = pathlib.Path(folder, f"checkpoint{_WEIGHTS}")
            self.model.save_weights(path)
            weights = path.read_bytes()
        older = self.names()
        kept = [_name(self._done, ending) for ending in (_HISTORY, _WEIGHTS)]
        self.write(kept[0], json.dumps(self.history).encode())
        self.write(kept[1], weights)
        for name in older:
            # A kill may have left the history of this very epoch.
            if name not in kept:
                self.delete(name)
        self._kept, self._kept_at = self._done, time.monotonic()

    def _epochs(self):
        for name in self.names():
            if name.startswith("epoch-") and name.endswith(_WEIGHTS):
                yield int(name.removeprefix("epoch-").removesuffix(_WEIGHTS))


def _name(epoch, ending):
    return f"epoch-{epoch:06d}{ending}"
