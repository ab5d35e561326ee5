"""From the word on a command line to a source of pictures."""

from keras_novnorm.datasets.file_opener import FileOpener

FORMS = (
    "tfds:NAME, folder:DIRECTORY, manifest:FILE.csv, tfrecord:PATTERN or sklearn:digits"
)


class UnknownSourceError(ValueError):
    """A word describes no source of pictures."""


def open_source(spec, data_dir=None, download=False, opener=None):
    """Opens a source of pictures by its description.

    Args:
        spec: str, "tfds:NAME", "folder:DIRECTORY", "manifest:FILE.csv",
            "tfrecord:PATTERN" or "sklearn:digits"; a path to a folder that exists is
            taken for `folder:`.
        data_dir: str or None, where tensorflow-datasets' files lie.
        download: bool, whether tensorflow-datasets may fetch files.
        opener: `FileOpener`, how files are read; None: from this machine.

    Returns:
        An `ImageSource`.

    Raises:
        UnknownSourceError: `spec` has none of these forms.
        ValueError: a file has not the form that it should have.
        FileNotFoundError: what it describes is not there, or is empty.
    """
    opener = opener or FileOpener()
    kind, _, rest = spec.partition(":")
    if kind == "tfds" and rest:
        from keras_novnorm.datasets.tfds_images import TfdsImages

        return TfdsImages(rest, data_dir, download)
    if spec == "sklearn:digits":
        from keras_novnorm.datasets.digits import Digits

        return Digits()
    if kind == "manifest" and rest:
        from keras_novnorm.datasets.manifest_images import ManifestImages

        return ManifestImages(rest, opener)
    if kind == "tfrecord" and rest:
        from keras_novnorm.datasets.record_images import RecordImages

        return RecordImages(rest, opener)
    if kind == "folder" and rest:
        from keras_novnorm.datasets.image_folder import ImageFolder

        return ImageFolder(rest, opener)
    if opener.is_folder(spec):
        from keras_novnorm.datasets.image_folder import ImageFolder

        return ImageFolder(spec, opener)
    raise UnknownSourceError(
        f"The data must be given as {FORMS}; received {spec!r}, which is no folder "
        "either."
    )
