"""Keras' backend, looked at before Keras is imported."""

import json
import os
import pathlib
import sys


class BackendError(ImportError):
    """Keras is set to another backend than TensorFlow."""


def require_tensorflow():
    """Refuse another backend; see `backend_refusal`.

    Raises:
        BackendError: there is one.
    """
    if refusal := backend_refusal():
        raise BackendError(refusal)


def backend_refusal():
    """Why Keras, as it is set, cannot be used; imports nothing.

    To be asked before Keras is imported: with another backend that takes seconds, or
    ends with the name of a module that nobody asked for.

    Returns:
        One sentence, or None: the backend is TensorFlow.
    """
    backend, source = _chosen_backend()
    if backend == "tensorflow":
        return None
    return (
        f"keras_novnorm runs on Keras' TensorFlow backend, and {source}: set the "
        "environment variable KERAS_BACKEND=tensorflow before Keras is imported."
    )


def _chosen_backend():
    # Never half imported: only a whole Keras knows its backend.
    config = getattr(sys.modules.get("keras"), "config", None)
    if hasattr(config, "backend"):
        backend = config.backend()
        return backend, f"Keras was imported with the backend {backend!r}"
    # As Keras reads them: the variable comes before the file.
    backend = os.environ.get("KERAS_BACKEND")
    if backend:
        return backend, f"KERAS_BACKEND is {backend!r}"
    file = _settings_file()
    try:
        backend = json.loads(file.read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        backend = None  # none, or one that Keras does not read either
    return backend or "tensorflow", f"{file} says {backend!r}"


def _settings_file():
    folder = os.environ.get("KERAS_HOME")
    if folder is None:
        home = os.path.expanduser("~")
        folder = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return pathlib.Path(os.path.expanduser(folder)) / "keras.json"
