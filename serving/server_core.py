"""The served models by name: found for requests, changed by a new configuration."""

import logging
import threading
import time

from serving.configuration import model_config
from serving.status import Code, ServingError
from serving.versions.version_labels import VersionLabels, unknown_label
from serving.versions.version_table import not_found

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.1


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
        self._make_model = make_model
        self._stock = stock
        self._allow_unavailable_labels = allow_unavailable_labels
        self._reload_seconds = reload_seconds
        self._models = {}
        self._labels = {}
        self._retired = {}
        self._starting = {}
        self._subscribers = []
        self._reload_lock = threading.Lock()
        self._ending = False

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
            self._apply(configs)

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
            if not any(thread.is_alive() for thread in self._starting.values()):
                return True
            if deadline is not None and time.monotonic() >= deadline:
                break
            time.sleep(0.01)
        return False

    def end(self):
        """Begins no more loads, and lets reloads wait no longer; versions answer on."""
        self._ending = True
        for model in self._all_models():
            model.end()
            model.table.notify()

    def stop(self, seconds=10.0):
        """Stops watching and frees everything, after the doors have closed.

        Args:
            seconds: float, the longest wait for loads that have begun: nothing can
                end them.

        Returns:
            bool, whether all loads have ended. If not, nothing was freed.
        """
        self.end()
        models = self._all_models()
        deadline = time.monotonic() + seconds
        threads = [*self._starting.values(), *(model.thread for model in models)]
        for thread in threads:
            if thread.is_alive():
                thread.join(_left(deadline))
        if any(thread.is_alive() for thread in threads):
            return False
        for model in models:
            model.stop()
        return True

    def _all_models(self):
        return [*self._models.values(), *self._retired.values()]

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
        model = self._models.get(name) or self._retired.get(name)
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
            self._check_goes_on()
            self._check_labels(configs)
            accepted()
            new = self._apply(configs)
            self._wait_for_new(new, deadline)
            self._wait_for_labels(configs, deadline)
        finally:
            self._reload_lock.release()

    def _check_labels(self, configs):
        if not self._stock:
            return
        for config in configs:
            labels = self._labels.get(config.name) or VersionLabels(lambda _: False)
            refused = labels.refused(config.labels, self._allow_unavailable_labels)
            if refused:
                raise _labels_error(config.name, refused)

    def _apply(self, configs):
        """list of str, the models that are new."""
        wanted = {config.name: config for config in configs}
        for name in set(self._models) - set(wanted):
            model = self._models.pop(name)
            del self._labels[name]
            self._retired[name] = model
            model.retire()
            _log.info("model %s is no longer in the configuration", name)
        new = []
        for name, config in wanted.items():
            if name in self._models:
                self._models[name].update(config.base_path, config.policy)
                self._labels[name].replace(config.labels)
                continue
            model = self._make_model(config, self._tell)
            self._labels[name] = VersionLabels(model.table.is_available)
            self._labels[name].replace(config.labels)
            self._models[name] = model
            self._retired.pop(name, None)
            new.append(name)
            thread = threading.Thread(target=model.start, name=f"start of {name}")
            thread.daemon = True
            self._starting[name] = thread
            thread.start()
        return new

    def _wait_for_new(self, names, deadline):
        for name in names:
            self._wait_for_start(name, deadline)
            model = self._models[name]
            # Where no version is there, none will be waited for.
            model.table.wait_for(
                lambda m=model: self._ending or m.is_settled(), _left(deadline)
            )
        self._check_goes_on()
        reasons = {
            name: self._models[name].reason()
            for name in names
            if not self._models[name].is_available()
        }
        if reasons:
            words = ", ".join(f"{k} due to error: {v}" for k, v in reasons.items())
            message = f"{len(reasons)} model(s) did not become available: {{{words}}}"
            raise ServingError(Code.UNKNOWN, message)

    def _wait_for_start(self, name, deadline):
        """Waits for the first look at a model, which a load may make long."""
        thread = self._starting[name]
        while thread.is_alive() and not self._ending and _left(deadline) != 0:
            left = _left(deadline)
            thread.join(_LOOK_SECONDS if left is None else min(left, _LOOK_SECONDS))

    def _check_goes_on(self):
        if self._ending:
            raise ServingError(Code.UNAVAILABLE, "the server is stopping")

    def _wait_for_labels(self, configs, deadline):
        if self._stock or self._allow_unavailable_labels:
            return
        for config in configs:
            model, labels = self._models[config.name], self._labels[config.name]
            model.table.wait_for(
                lambda m=model, v=labels: (
                    self._ending or not v.unavailable() or m.is_idle()
                ),
                _left(deadline),
            )
            self._check_goes_on()
            if labels.unavailable():
                raise _labels_error(config.name, labels.unavailable())

    def _tell(self, name, version, state):
        for callback in self._subscribers:
            callback(name, version, state)


def _labels_error(name, labels):
    words = ", ".join(f"{label!r}: {version}" for label, version in labels.items())
    message = (
        f"labels of model {name} stand for versions that are not currently available "
        f"for inference: {words}"
    )
    return ServingError(Code.FAILED_PRECONDITION, message)


def _left(deadline):
    """Seconds until a deadline, or None for none."""
    return None if deadline is None else max(0.0, deadline - time.monotonic())
