"""The state of a training in a folder on this machine."""

import os
import pathlib

from keras_novnorm.callbacks.epoch_checkpoint import EpochCheckpoint


class TrainCheckpoint(EpochCheckpoint):
    """Keeps the state in a folder on this machine.

    Args:
        folder: path.
        on_restored: see `EpochCheckpoint`.
    """

    def __init__(self, folder, on_restored=None):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        super().__init__(on_restored)

    def names(self):
        return [path.name for path in self._folder.iterdir()]

    def read(self, name):
        return (self._folder / name).read_bytes()

    def write(self, name, content):
        staging = self._folder / f"part-{name}"
        staging.write_bytes(content)
        os.replace(staging, self._folder / name)

    def delete(self, name):
        (self._folder / name).unlink(missing_ok=True)
