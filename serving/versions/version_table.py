"""The versions of one model in memory: who holds which, and what became of each."""

import contextlib
import gc
import threading
import time

from serving.status import Code, ServingError
from serving.versions.memory import give_back
from serving.versions.version_policy import State, Version
from serving.versions.version_record import VersionRecord

# Of the versions that have ended, so many are remembered.
_MOST_ENDED = 100


def not_found(name, version=None):
    """The error for a model or version that is not loaded.

    Args:
        name: str, the model's name.
        version: int, or None if none was asked for.

    Returns:
        `ServingError`; clients look for the word "Servable".
    """
    asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
    return ServingError(Code.NOT_FOUND, f"Servable not found for request: {asked}")


class VersionTable:
    """Records of the versions of one model, shared by requests and one watcher.

    A request holds its version by `handle`; a version that was taken out of
    service is freed by `free`, once the last request on it has ended.

    Args:
        name: str, the model's name.
        on_change: function of (name, version, `State`), called at each change of
            a version's state, or None.
    """

    def __init__(self, name, on_change=None):
        self.name = name
        self._on_change = on_change or (lambda *_: None)
        self._records = {}
        self._newest = None
        self._changed = threading.Condition()  # its lock may be taken again

    @contextlib.contextmanager
    def handle(self, version=None, when_last_ends=lambda: None):
        """Holds a loaded version while a request runs on it.

        Args:
            version: int, or None for the newest loaded one.
            when_last_ends: function called when the last request ends on a
                version that is out of service.

        Yields:
            tuple of int and servable.

        Raises:
            ServingError: `NOT_FOUND` if there is no such loaded version.
        """
        with self._changed:
            number = self._newest if version is None else version
            record = self._records.get(number)
            if record is None or record.state is not State.AVAILABLE:
                raise not_found(self.name, version)
            servable = record.servable
            record.in_flight += 1
        try:
            yield number, servable
        finally:
            with self._changed:
                record.in_flight -= 1
                last = not record.in_flight and record.state is State.UNLOADING
            if last:
                when_last_ends()

    def is_available(self, number):
        """bool, whether a version answers requests now."""
        record = self._records.get(number)
        return record is not None and record.state is State.AVAILABLE

    def states(self):
        """What became of every version that was ever to be loaded.

        Returns:
            list of (int, `State`, `ServingError` or None), newest first.
        """
        with self._changed:
            return [
                (number, record.state, record.reported_error)
                for number, record in sorted(self._records.items(), reverse=True)
                if record.state is not State.START
            ]

    def notify(self):
        """Lets those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, condition, seconds):
        """Waits until something is so, looking at each change of a state.

        Args:
            condition: function of nothing.
            seconds: float, or None to wait for ever.

        Returns:
            What the condition gave at last.
        """
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def versions(self, on_disk):
        """The versions as the policy sees them.

        Args:
            on_disk: container of int, the versions that are there now.

        Returns:
            list of `Version`.
        """
        now = time.monotonic()
        with self._changed:
            return [
                Version(
                    number,
                    record.state,
                    on_disk=number in on_disk,
                    loadable=record.is_loadable(now),
                )
                for number, record in self._records.items()
            ]

    def record(self, number):
        """`VersionRecord` of a version, made when first asked for."""
        with self._changed:
            return self._records.setdefault(number, VersionRecord())

    def failed_records(self):
        """list of (int, `VersionRecord`) of versions whose last load failed."""
        with self._changed:
            return [
                (number, record)
                for number, record in self._records.items()
                if record.files_tried is not None
            ]

    def next_retry(self):
        """float or None, the time of the earliest next try of a failed load."""
        with self._changed:
            due = [r.retry_at for r in self._records.values() if r.is_waiting]
        return min(due, default=None)

    @contextlib.contextmanager
    def change(self, number):
        """Changes a version's record under the lock, and tells who waits.

        Args:
            number: int.

        Yields:
            `VersionRecord`.
        """
        with self._changed:
            record = self._records[number]
            before = record.state
            yield record
            loaded = [n for n, r in self._records.items() if r.state is State.AVAILABLE]
            self._newest = max(loaded, default=None)
            after = record.state
            self._changed.notify_all()
        if after is not before:
            self._on_change(self.name, number, after)

    def free(self):
        """Frees the versions that are out of service and out of requests.

        Returns:
            list of int, the versions freed.
        """
        with self._changed:
            done = [
                (number, record)
                for number, record in self._records.items()
                if record.state is State.UNLOADING and not record.in_flight
            ]
        for number, record in done:
            servable, record.servable = record.servable, None
            servable.close()
            del servable
            gc.collect()  # a graph is full of cycles
            give_back()
            with self.change(number) as record:
                record.state = State.END
        return [number for number, _ in done]

    def forget_ended(self, on_disk):
        """Forgets the oldest of very many versions that have ended.

        Args:
            on_disk: container of int, which are kept.
        """
        with self._changed:
            ended = [
                number
                for number, record in sorted(self._records.items(), reverse=True)
                if record.state is State.END and number not in on_disk
            ]
            for number in ended[_MOST_ENDED:]:
                del self._records[number]

    def close(self):
        """Frees everything, requests in flight or not."""
        for number in list(self._records):
            with self.change(number) as record:
                servable, record.servable = record.servable, None
                if record.state in (State.AVAILABLE, State.UNLOADING):
                    record.state = State.END
            if servable is not None:
                servable.close()
