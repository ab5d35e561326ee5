"""From the word on a command line to a source of pictures."""

import pathlib

FORMS = "tfds:NAME, folder:DIRECTORY or sklearn:digits"


def open_source(spec, data_dir=None, download=False):
    """Opens a source of pictures by its description.

    Args:
        spec: str, "tfds:NAME", "folder:DIRECTORY" or "sklearn:digits"; a path to a
            folder that exists is taken for `folder:`.
        data_dir: str or None, where tensorflow-datasets' files lie.
        download: bool, whether tensorflow-datasets may fetch files.

    Returns:
        An `ImageSource`.

    Raises:
        ValueError: `spec` has none of these forms.
        FileNotFoundError: what it describes is not there, or is empty.
    """
    kind, _, rest = spec.partition(":")
    if kind == "tfds" and rest:
        from keras_novnorm.datasets.tfds_images import TfdsImages

        return TfdsImages(rest, data_dir, download)
    if spec == "sklearn:digits":
        from keras_novnorm.datasets.digits import Digits

        return Digits()
    if kind == "folder" and rest:
        from keras_novnorm.datasets.image_folder import ImageFolder

        return ImageFolder(rest)
    if pathlib.Path(spec).is_dir():
        from keras_novnorm.datasets.image_folder import ImageFolder

        return ImageFolder(spec)
    raise ValueError(
        f"The data must be given as {FORMS}; received {spec!r}, which is no folder "
        "either."
    )
