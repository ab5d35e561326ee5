"""Finds models and versions for requests; both doors ask here."""

import contextlib

from serving.served_model import not_found
from serving.status import Code, ServingError
from serving.version_policy import State


class ServerCore:
    """The served models by name.

    Args:
        models: iterable of `ServedModel`.
    """

    def __init__(self, models):
        self._models = {model.name: model for model in models}

    def start(self):
        """Loads what is there for every model, then keeps watching."""
        for model in self._models.values():
            model.start()

    def stop(self):
        """Stops watching and frees everything, after the doors have closed."""
        for model in self._models.values():
            model.stop()

    def is_ready(self):
        """bool, whether every model has a version that answers."""
        return all(
            any(state is State.AVAILABLE for _, state, _ in model.states())
            for model in self._models.values()
        )

    @contextlib.contextmanager
    def handle(self, name, version=None, label=None):
        """Holds the version that a request asks for while it runs.

        Args:
            name: str, the model's name.
            version: int, or None for the newest loaded one.
            label: str, or None; no labels are configured, so any is unknown.

        Yields:
            tuple of int and servable.

        Raises:
            ServingError: `INVALID_ARGUMENT` for an empty name or a label,
                `NOT_FOUND` if no such version is loaded.
        """
        if not name:
            message = "ModelSpec has no name specified"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        if label is not None:
            message = f"Unrecognized servable version label: {label}"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        model = self._models.get(name)
        if model is None:
            raise not_found(name, version)
        with model.handle(version) as held:
            yield held

    def version_states(self, name, version=None):
        """States of the versions of a model seen since the start.

        Args:
            name: str, the model's name.
            version: int, or None for all.

        Returns:
            list of (int, `State`, `ServingError` or None), newest first.

        Raises:
            ServingError: `NOT_FOUND` if there is none.
        """
        model = self._models.get(name)
        states = model.states() if model is not None else []
        if not states:
            message = f"Could not find any versions of model {name}"
            raise ServingError(Code.NOT_FOUND, message)
        if version is not None:
            states = [state for state in states if state[0] == version]
        if not states:
            message = f"Could not find version {version} of model {name}"
            raise ServingError(Code.NOT_FOUND, message)
        return states
