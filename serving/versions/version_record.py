"""What is remembered of one version: its state, its requests, its failed loads."""

import dataclasses

from serving.status import ServingError
from serving.versions.version_policy import State

_FIRST_RETRY_SECONDS = 1.0


@dataclasses.dataclass
class VersionRecord:
    """One version since it was first seen.

    Args:
        state: `State`.
        error: `ServingError` of the last failed load, or None.
        servable: what was loaded, or None.
        in_flight: int, requests that hold it.
        path: str, its folder.
        failures: int, failed loads since its files last changed.
        retry_at: float, time of the next try.
        files_tried: the files' fingerprint at the last failed load, or None.
    """

    state: State = State.START
    error: ServingError | None = None
    servable: object = None
    in_flight: int = 0
    path: str = ""
    failures: int = 0
    retry_at: float = 0.0
    files_tried: tuple | None = None

    @property
    def reported_error(self):
        """`ServingError` or None: a failure is final only once it has ended."""
        return self.error if self.state is State.END else None

    @property
    def is_waiting(self):
        """bool, whether it waits for the next try of a load."""
        return self.state is State.LOADING and self.files_tried is not None

    def is_loadable(self, now):
        """bool, whether a load may be tried at this time."""
        if self.state in (State.AVAILABLE, State.UNLOADING):
            return False
        retry_due = self.state is State.LOADING and now >= self.retry_at
        return self.files_tried is None or retry_due

    def loaded(self, servable):
        """Goes into service."""
        self.servable, self.state = servable, State.AVAILABLE
        self.error = None
        self._forget_failures()

    def failed(self, error, files, now, max_retries, interval=None):
        """Notes a failed load.

        Args:
            error: `ServingError`.
            files: fingerprint of the files that were tried.
            now: float.
            max_retries: int, tries after the first before it ends.
            interval: float, seconds between tries, or None: from one second,
                doubling.

        Returns:
            float, seconds until the next try, or None if it has ended.
        """
        self.failures += 1
        self.error, self.files_tried = error, files
        if self.failures > max_retries:
            self.state = State.END
            return None
        if interval is None:
            wait = _FIRST_RETRY_SECONDS * 2 ** (self.failures - 1)
        else:
            wait = interval
        self.retry_at = now + wait
        return wait

    def files_changed(self):
        """Somebody works on it: it may be tried at once, with all its tries."""
        self._forget_failures()

    def unwanted(self):
        """Ends the tries; should it be wanted again, it starts anew."""
        self.state = State.END
        self._forget_failures()

    def _forget_failures(self):
        self.failures, self.retry_at, self.files_tried = 0, 0.0, None
