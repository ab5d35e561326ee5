"""The versions of one model: watched on disk, loaded, switched and unloaded."""

import dataclasses
import logging
import threading
import time

from serving.versions import file_system_source
from serving.versions.base_path import BasePath
from serving.versions.version_loader import VersionLoader
from serving.versions.version_policy import (
    Latest,
    Load,
    State,
    Unload,
    is_still_wanted,
    next_action,
)
from serving.versions.version_table import VersionTable

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Watching:
    """How a model is watched and its failed loads are tried again.

    Args:
        poll_seconds: float, time between looks at the disk; 0 looks once at the
            start, and failed loads are still retried; below 0 never looks.
        max_retries: int, tries after a first failed one before the version is
            reported as ended.
        retry_seconds: float, time between tries, or None: from one second,
            doubling.
        stock: bool, do as TF Serving does: see `version_policy.next_action`, and
            a version that has ended is not tried again when its files change.
    """

    poll_seconds: float = 1.0
    max_retries: int = 5
    retry_seconds: float | None = None
    stock: bool = False


class ServedModel:
    """Serves versions under a base path, for as long as it runs.

    One thread polls the disk and does what `version_policy` says. A request
    holds its version by `handle`; a version that goes is freed when the last
    request on it ends. A failed load is tried again after a while and, for
    good, whenever the version's files change.

    Args:
        name: str, the model's name in requests.
        base_path: str, the folder that holds the version folders.
        load: callable, path to servable.
        policy: `Latest`, `All` or `Specific`: the versions to serve; None is the
            latest one.
        watching: `Watching`, or None for its defaults.
        load_slots: context manager held during a load, which bounds how many
            models load at a time, or None.
        on_change: function of (name, version, `State`), or None.

    Attributes:
        thread: `threading.Thread` that watches, once started.
    """

    def __init__(
        self,
        name,
        base_path,
        load,
        policy=None,
        watching=None,
        load_slots=None,
        on_change=None,
    ):
        self.name = name
        self.table = VersionTable(name, on_change)
        self._policy = policy or Latest()
        self._watching = watching or Watching()
        self._base = BasePath(base_path, self.table, self._watching.stock)
        self._loader = VersionLoader(self.table, load, self._watching, load_slots)
        self._wake = threading.Event()
        self._look_now = False
        self._idle = False
        self._stopping = False
        self._retiring = False
        self.thread = threading.Thread(
            target=self._watch, name=f"versions of {name}", daemon=True
        )

    @property
    def problem(self):
        """str or None: why there is no version at all, in one message."""
        return self._base.problem

    def start(self):
        """Loads what is there now, then goes on watching in a thread."""
        self._step(look=self._watching.poll_seconds >= 0)
        if not self._stopping:
            self.thread.start()

    def update(self, base_path, policy):
        """Changes what is served, without waiting for it.

        Args:
            base_path: str.
            policy: `Latest`, `All` or `Specific`.
        """
        if (base_path, policy) != (self._base.path, self._policy):
            self._base.path, self._policy = base_path, policy
            self._idle, self._look_now = False, True
            self._wake.set()

    def retire(self):
        """Takes every version out of service, and ends when all are freed."""
        self._retiring = True
        self._wake.set()

    def end(self):
        """Lets the watching end, after a load that has begun; waits for nothing."""
        self._stopping = True
        self._wake.set()

    def stop(self):
        """Ends the watching. Call it when no request is in flight any more."""
        self.end()
        if self.thread.is_alive():
            self.thread.join()
        self.table.close()

    def handle(self, version=None):
        """Holds a loaded version while a request runs on it.

        Args:
            version: int, or None for the newest loaded one.

        Returns:
            context manager of (int, servable).

        Raises:
            ServingError: `NOT_FOUND` if there is no such loaded version.
        """
        return self.table.handle(version, self._wake.set)

    def states(self):
        """list of (int, `State`, `ServingError` or None), newest first."""
        return self.table.states()

    def is_available(self):
        """bool, whether a version answers."""
        return any(state is State.AVAILABLE for _, state, _ in self.states())

    def is_idle(self):
        """bool: all that could be done has been done, but for failed loads."""
        return self._idle

    def reason(self):
        """str, why no version answers; the log says more of the folder."""
        for number, _, _ in self.states():
            error = self.table.record(number).error
            if error is not None:
                return f"version {number}: {error.code.name}: {error.message}"
        if self.problem:
            return file_system_source.NO_VERSION
        return "no version has been loaded so far"

    def is_settled(self):
        """bool: a version answers, or all have ended."""
        states = {state for _, state, _ in self.states()}
        return State.AVAILABLE in states or State.LOADING not in states

    def _watch(self):
        look_at = time.monotonic() + self._watching.poll_seconds
        while True:
            self._wake.wait(self._pause(look_at))
            self._wake.clear()
            if self._stopping:
                return
            now = time.monotonic()
            look = self._look_now or self._watching.poll_seconds > 0 and now >= look_at
            if look:
                self._look_now = False
                look_at = now + self._watching.poll_seconds
            try:
                self._step(look)
            except Exception:
                # The versions that are loaded must outlive any surprise here.
                _log.exception("model %s: watching failed, going on", self.name)
            if self._retiring and not self._busy():
                return

    def _busy(self):
        busy = (State.AVAILABLE, State.UNLOADING)
        return any(state in busy for _, state, _ in self.states())

    def _pause(self, look_at):
        """Seconds until the next look or retry; None waits to be woken."""
        due = [look_at] if self._watching.poll_seconds > 0 else []
        retry = self.table.next_retry()
        due += [] if retry is None else [retry]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _step(self, look):
        try:
            self._act(look)
        finally:
            self._idle = not self._look_now
            self.table.notify()

    def _act(self, look):
        if look and not self._retiring:
            self._base.look()
        self._loader.free()
        while not self._stopping and (action := self._next()) is not None:
            if isinstance(action, Load):
                self._loader.load(action.number, self._is_ending)
            else:
                self._loader.unload(action.number)
            self._loader.free()
        self._stop_unwanted()

    def _is_ending(self):
        return self._stopping or self._retiring

    def _next(self):
        versions = self.table.versions(self._base.on_disk)
        if self._retiring:
            ready = [v.number for v in versions if v.state is State.AVAILABLE]
            return Unload(min(ready)) if ready else None
        return next_action(versions, self._policy, self._watching.stock)

    def _stop_unwanted(self):
        """Ends the tries of versions that have vanished or been overtaken."""
        versions = self.table.versions(self._base.on_disk)
        for version in versions:
            if version.state is not State.LOADING:
                continue
            if self._retiring or not is_still_wanted(
                version.number, versions, self._policy
            ):
                with self.table.change(version.number) as record:
                    record.unwanted()
