"""A detector of any method from its file."""

import json
import pathlib
import zipfile

import keras

from keras_novnorm.detectors.one_class_detector import OneClassDetector
from keras_novnorm.detectors.registry import detector_class, list_detectors


def load_detector(path, compile=True):
    """Loads a detector, whichever method it is of.

    Args:
        path: a `.keras` file, as `detector.save` writes it.
        compile: whether an optimizer that it was trained with is made, too.

    Returns:
        `OneClassDetector`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: what is there is no detector, or one of a method of somebody's own
            whose class was not imported.

    Example:

    >>> detector = load_detector("detector.keras")  # doctest: +SKIP
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no detector at {path}.")
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is no .keras file. Give the file that `detector.save` or `novnorm "
            "train` wrote, or the folder of the run."
        )
    for name in list_detectors():  # Keras finds classes that were imported
        detector_class(name)
    _check_class(path)
    detector = keras.saving.load_model(path, compile=compile)
    if not isinstance(detector, OneClassDetector):
        raise ValueError(
            f"{path} holds a {type(detector).__name__}, which is no detector."
        )
    return detector


def _check_class(path):
    """Says in a sentence what Keras would say with the whole configuration."""
    with zipfile.ZipFile(path) as archive:
        if "config.json" not in archive.namelist():
            return
        config = json.loads(archive.read("config.json"))
    module, name = config.get("module") or "", config.get("registered_name")
    if not name or module.partition(".")[0] in ("keras", "builtins"):
        return
    if keras.saving.get_registered_object(name) is None:
        raise ValueError(
            f"{path} holds a {config.get('class_name')} of the module {module}, which "
            "is not imported here. Import it before the file is loaded."
        )
