"""The served models by name: found for requests, changed by a new configuration."""

import threading
import time

from serving.configuration import model_config
from serving.configured_models import ConfiguredModels
from serving.status import Code, ServingError
from serving.versions.version_labels import unknown_label
from serving.versions.version_table import not_found


class ServerCore:
    """Serves models; both doors ask here.

    Args:
        make_model: function of (`ModelConfig`, on_change) to a `ServedModel`.
        stock: bool, treat labels and reloads as TF Serving does: a label must
            stand for a version that is available before anything is loaded.
        allow_unavailable_labels: bool, let labels name versions that are not
            available; those of a first configuration may in any case, unless
            `stock`.
        reload_seconds: float, the longest that `reload` waits, or None.
    """

    def __init__(
        self,
        make_model,
        stock=False,
        allow_unavailable_labels=False,
        reload_seconds=120.0,
    ):
        self._configured = ConfiguredModels(make_model, self._tell)
        # Of what is configured, each request asks these two.
        self._models = self._configured.served
        self._labels = self._configured.labels
        self._stock = stock
        self._allow_unavailable_labels = allow_unavailable_labels
        self._reload_seconds = reload_seconds
        self._subscribers = []
        self._reload_lock = threading.Lock()

    def subscribe(self, callback):
        """Calls a function at each change of a version's state.

        Args:
            callback: function of (name, version, `State`), called from any thread.
        """
        self._subscribers.append(callback)

    def start(self, configs, check_labels=True):
        """Begins to serve the first configuration, without waiting for it.

        Args:
            configs: list of `ModelConfig`.
            check_labels: bool, false for what other workers serve already.

        Raises:
            ServingError: `FAILED_PRECONDITION` for labels, if `stock`.
        """
        with self._reload_lock:
            if check_labels:
                self._check_labels(configs)
            self._configured.apply(configs)

    def wait(self, seconds=None, stopping=lambda: False):
        """Waits until every model has tried what was there at the start.

        Args:
            seconds: float, at most, or None.
            stopping: function, true when to give up.

        Returns:
            bool, whether all have.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while not stopping():
            starting = self._configured.starting.values()
            if not any(thread.is_alive() for thread in starting):
                return True
            if deadline is not None and time.monotonic() >= deadline:
                break
            time.sleep(0.01)
        return False

    def end(self):
        """Begins no more loads, and lets reloads wait no longer; versions answer on."""
        self._configured.end()

    def stop(self, seconds=10.0):
        """Stops watching and frees everything, after the doors have closed.

        Args:
            seconds: float, the longest wait for loads that have begun: nothing can
                end them.

        Returns:
            bool, whether all loads have ended. If not, nothing was freed.
        """
        self.end()
        models, starting = self._configured.all(), self._configured.starting
        deadline = time.monotonic() + seconds
        threads = [*starting.values(), *(model.thread for model in models)]
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            return False
        for model in models:
            model.stop()
        return True

    def is_ready(self):
        """bool, whether every model has a version that answers."""
        return all(model.is_available() for model in list(self._models.values()))

    def model_names(self):
        """list of str, the configured models, sorted."""
        return sorted(self._models)

    def problems(self):
        """dict of str to str: models without any version, and why."""
        found = {name: model.problem for name, model in list(self._models.items())}
        return {name: problem for name, problem in found.items() if problem}

    def handle(self, name, version=None, label=None):
        """Holds the version that a request asks for while it runs.

        Args:
            name: str, the model's name.
            version: int, or None for the newest loaded one.
            label: str, in the place of a version, or None.

        Returns:
            context manager of (int, servable).

        Raises:
            ServingError: `INVALID_ARGUMENT` for an empty name or an unknown
                label, `NOT_FOUND` if no such version is loaded.
        """
        if not name:
            message = "ModelSpec has no name specified"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        model = self._models.get(name)
        if label is not None:
            labels = self._labels.get(name)
            if labels is None:
                raise unknown_label(label)
            version = labels.version(label)
        if model is None:
            raise not_found(name, version)
        return model.handle(version)

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
        model = self._models.get(name) or self._configured.retired.get(name)
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

    def reload(self, config, accepted=lambda: None):
        """Serves another configuration, and waits for what is new in it.

        Models that it no longer names are unloaded in the background, changed
        ones change in the background, and new ones are waited for.

        Args:
            config: `ModelServerConfig`.
            accepted: function, called if it is not refused, before anything
                changes; no other reload goes on meanwhile.

        Raises:
            ServingError: `INVALID_ARGUMENT` for a faulty configuration, which
                changes nothing; `UNKNOWN` if new models did not become
                available; `FAILED_PRECONDITION` for labels on versions that did
                not; `DEADLINE_EXCEEDED` if another reload goes on too long;
                `UNAVAILABLE` if the server stops meanwhile.
        """
        if config.WhichOneof("config") != "model_config_list":
            message = "Only ModelConfigList is currently supported"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        configs = model_config.read(config)
        seconds = self._reload_seconds
        deadline = None if seconds is None else time.monotonic() + seconds
        if not self._reload_lock.acquire(timeout=-1 if seconds is None else seconds):
            message = f"another reload has not ended within {seconds:g} s"
            raise ServingError(Code.DEADLINE_EXCEEDED, message)
        try:
            self._configured.check_goes_on()
            self._check_labels(configs)
            accepted()
            new = self._configured.apply(configs)
            self._configured.wait_for_new(new, deadline)
            if not (self._stock or self._allow_unavailable_labels):
                self._configured.wait_for_labels(configs, deadline)
        finally:
            self._reload_lock.release()

    def _check_labels(self, configs):
        if self._stock:
            self._configured.check_labels(configs, self._allow_unavailable_labels)

    def _tell(self, name, version, state):
        for callback in self._subscribers:
            callback(name, version, state)
