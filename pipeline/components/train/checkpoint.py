"""The state of a training on any file system."""

from keras_novnorm.callbacks.epoch_checkpoint import EpochCheckpoint


class Checkpoint(EpochCheckpoint):
    """Keeps the state on any file system.

    Args:
        folder: `StoragePath`.
        on_restored: see `EpochCheckpoint`.
    """

    def __init__(self, folder, on_restored=None):
        self._folder = folder
        super().__init__(on_restored)

    def names(self):
        return [file.name for file in self._folder.files()]

    def read(self, name):
        return (self._folder / name).read_bytes()

    def write(self, name, content):
        (self._folder / name).write_bytes(content)

    def delete(self, name):
        (self._folder / name).delete()
