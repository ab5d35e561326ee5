"""Names for versions of a model, such as `stable` and `canary`."""

import threading

from serving.status import Code, ServingError


def unknown_label(label):
    """The error for a label that no model or version has.

    Args:
        label: str.

    Returns:
        `ServingError`, `INVALID_ARGUMENT`.
    """
    message = f"Unrecognized servable version label: {label}"
    return ServingError(Code.INVALID_ARGUMENT, message)


class VersionLabels:
    """The labels of one model.

    A label that is moved to a version that is not loaded yet stays where it was
    until that version is available.

    Args:
        is_available: function of int, whether a version answers requests now.
    """

    def __init__(self, is_available):
        self._is_available = is_available
        self._asked = {}
        self._in_force = {}
        self._lock = threading.Lock()

    def replace(self, labels):
        """Puts a whole map of labels in the place of the one before.

        Args:
            labels: dict of str to int.
        """
        with self._lock:
            self._asked = dict(labels)
            kept = {k: v for k, v in self._in_force.items() if k in labels}
            self._in_force = kept

    def version(self, label):
        """The version that a label stands for now.

        Args:
            label: str.

        Returns:
            int, loaded or not.

        Raises:
            ServingError: `INVALID_ARGUMENT` for an unknown label.
        """
        with self._lock:
            asked = self._asked.get(label)
            if asked is None:
                raise unknown_label(label)
            if self._in_force.get(label) != asked and (
                self._is_available(asked)
                or not self._is_available(self._in_force.get(label))
            ):
                self._in_force[label] = asked
            return self._in_force[label]

    def unavailable(self, labels=None):
        """Labels whose version is not available now.

        Args:
            labels: dict of str to int, or None for the model's own.

        Returns:
            dict of str to int.
        """
        labels = self._asked if labels is None else labels
        return {k: v for k, v in labels.items() if not self._is_available(v)}

    def refused(self, labels, allow_new):
        """Labels that TF Serving would refuse before it loads anything.

        Args:
            labels: dict of str to int, the map to come.
            allow_new: bool, let new and unchanged labels pass.

        Returns:
            dict of str to int.
        """
        return {
            label: version
            for label, version in self.unavailable(labels).items()
            if not (allow_new and self._asked.get(label, version) == version)
        }
