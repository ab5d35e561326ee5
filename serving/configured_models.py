"""The models that a configuration names: begun, changed and retired, and waited for."""

import logging
import threading
import time

from serving.status import Code, ServingError
from serving.versions.version_labels import VersionLabels

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.1


class ConfiguredModels:
    """Models and labels by name, which requests read while a reload changes them.

    Args:
        make_model: function of (`ModelConfig`, on_change) to a `ServedModel`.
        on_change: function of (name, version, `State`).

    Attributes:
        served: dict of str to `ServedModel`.
        labels: dict of str to `VersionLabels`, for each that is served.
        retired: dict of str to `ServedModel`, no longer in the configuration.
        starting: dict of str to `threading.Thread`, of a model's first look.
    """

    def __init__(self, make_model, on_change):
        self._make_model = make_model
        self._on_change = on_change
        self._ending = False
        self.served = {}
        self.labels = {}
        self.retired = {}
        self.starting = {}

    def all(self):
        """list of `ServedModel`, the retired ones included."""
        return [*self.served.values(), *self.retired.values()]

    def end(self):
        """Lets nothing be loaded or waited for any more."""
        self._ending = True
        for model in self.all():
            model.end()
            model.table.notify()

    def check_labels(self, configs, allow_new):
        """Refuses labels as TF Serving does, before anything is loaded.

        Args:
            configs: list of `ModelConfig`.
            allow_new: bool, as of `VersionLabels.refused`.

        Raises:
            ServingError: `FAILED_PRECONDITION`.
        """
        for config in configs:
            labels = self.labels.get(config.name) or VersionLabels(lambda _: False)
            refused = labels.refused(config.labels, allow_new)
            if refused:
                raise _labels_error(config.name, refused)

    def apply(self, configs):
        """Begins to serve a configuration, without waiting for it.

        Args:
            configs: list of `ModelConfig`.

        Returns:
            list of str, the models that are new.
        """
        wanted = {config.name: config for config in configs}
        for name in set(self.served) - set(wanted):
            model = self.served.pop(name)
            del self.labels[name]
            self.retired[name] = model
            model.retire()
            _log.info("model %s is no longer in the configuration", name)
        new = []
        for name, config in wanted.items():
            if name in self.served:
                self.served[name].update(config.base_path, config.policy)
                self.labels[name].replace(config.labels)
                continue
            model = self._make_model(config, self._on_change)
            self.labels[name] = VersionLabels(model.table.is_available)
            self.labels[name].replace(config.labels)
            self.served[name] = model
            self.retired.pop(name, None)
            new.append(name)
            thread = threading.Thread(target=model.start, name=f"start of {name}")
            thread.daemon = True
            self.starting[name] = thread
            thread.start()
        return new

    def wait_for_new(self, names, deadline):
        """Waits until new models answer, or have tried all that is there.

        Args:
            names: list of str.
            deadline: float of `time.monotonic`, or None.

        Raises:
            ServingError: `UNKNOWN` if one does not answer, `UNAVAILABLE` at the end.
        """
        for name in names:
            self._wait_for_start(name, deadline)
            model = self.served[name]
            # Where no version is there, none will be waited for.
            model.table.wait_for(
                lambda m=model: self._ending or m.is_settled(), _left(deadline)
            )
        self.check_goes_on()
        reasons = {
            name: self.served[name].reason()
            for name in names
            if not self.served[name].is_available()
        }
        if reasons:
            words = ", ".join(f"{k} due to error: {v}" for k, v in reasons.items())
            message = f"{len(reasons)} model(s) did not become available: {{{words}}}"
            raise ServingError(Code.UNKNOWN, message)

    def wait_for_labels(self, configs, deadline):
        """Waits until the versions that labels stand for are available.

        Args:
            configs: list of `ModelConfig`, applied before.
            deadline: float of `time.monotonic`, or None.

        Raises:
            ServingError: `FAILED_PRECONDITION` if one is not, `UNAVAILABLE` at the
                end.
        """
        for config in configs:
            model, labels = self.served[config.name], self.labels[config.name]
            model.table.wait_for(
                lambda m=model, v=labels: (
                    self._ending or not v.unavailable() or m.is_idle()
                ),
                _left(deadline),
            )
            self.check_goes_on()
            if labels.unavailable():
                raise _labels_error(config.name, labels.unavailable())

    def check_goes_on(self):
        """Raises `ServingError` (`UNAVAILABLE`) once the server stops."""
        if self._ending:
            raise ServingError(Code.UNAVAILABLE, "the server is stopping")

    def _wait_for_start(self, name, deadline):
        """Waits for the first look at a model, which a load may make long."""
        thread = self.starting[name]
        while thread.is_alive() and not self._ending and _left(deadline) != 0:
            left = _left(deadline)
            thread.join(_LOOK_SECONDS if left is None else min(left, _LOOK_SECONDS))


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
