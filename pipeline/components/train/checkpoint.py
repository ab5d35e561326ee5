"""The state of a training on any file system."""

from keras_novnorm.callbacks.epoch_checkpoint import EpochCheckpoint


class Checkpoint(EpochCheckpoint):
    """Keeps the state in a `StoragePath`, which writes whole files or none."""

    def open(self, folder):
        """Returns the folder; it comes to be with its first file."""
        return folder

    def names(self):
        """Returns list of str, the files that are there."""
        return [file.name for file in self._folder.files()]

    def write(self, name, content):
        """Writes a file."""
        (self._folder / name).write_bytes(content)

    def delete(self, name):
        """Deletes a file."""
        (self._folder / name).delete()
