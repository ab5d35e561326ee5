"""The versions of one model: watched on disk, loaded, switched and unloaded."""

import contextlib
import gc
import logging
import threading
import time

from serving import file_system_source
from serving.status import Code, ServingError, from_exception
from serving.version_policy import Load, State, Version, next_action
from serving.version_record import VersionRecord

_log = logging.getLogger(__name__)


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


class ServedModel:
    """Serves the newest whole version under a base path, for as long as it runs.

    One thread polls the disk and does what `version_policy` says. A request
    holds its version by `handle`; a version that goes is freed when the last
    request on it ends. A failed load is tried again after a back-off from one
    second, doubling, and, for good, whenever the version's files change.

    Args:
        name: str, the model's name in requests.
        base_path: str, the folder that holds the version folders.
        load: callable, path to servable.
        poll_seconds: float, time between looks at the disk; 0 looks once at the
            start, and failed loads are still retried.
        max_retries: int, tries after a first failed one before the version is
            reported as ended.
    """

    def __init__(self, name, base_path, load, poll_seconds=1.0, max_retries=5):
        self.name = name
        self.base_path = base_path
        self._load_servable = load
        self._poll_seconds = poll_seconds
        self._max_retries = max_retries
        self._records = {}
        self._on_disk = {}
        self._said = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(
            target=self._watch, name=f"versions of {name}", daemon=True
        )

    def start(self):
        """Loads what is there now, then goes on watching in a thread."""
        self._step(look=True)
        self._thread.start()

    def stop(self):
        """Ends the watching. Call it when no request is in flight any more."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            servables = [record.servable for record in self._records.values()]
            for record in self._records.values():
                record.servable = None
                if record.state is State.AVAILABLE:
                    record.state = State.END
        for servable in servables:
            if servable is not None:
                servable.close()

    @contextlib.contextmanager
    def handle(self, version=None):
        """Holds a loaded version while a request runs on it.

        Args:
            version: int, or None for the newest loaded one.

        Yields:
            tuple of int and servable.

        Raises:
            ServingError: `NOT_FOUND` if there is no such loaded version.
        """
        with self._lock:
            number, record = self._find(version)
            servable = record.servable
            record.in_flight += 1
        try:
            yield number, servable
        finally:
            with self._lock:
                record.in_flight -= 1
                last = not record.in_flight and record.state is State.UNLOADING
            if last:
                self._wake.set()

    def states(self):
        """What became of every version seen since the start.

        Returns:
            list of (int, `State`, `ServingError` or None), newest first.
        """
        with self._lock:
            return [
                (number, record.state, record.reported_error)
                for number, record in sorted(self._records.items(), reverse=True)
            ]

    def _find(self, version):
        if version is None:
            loaded = [n for n, r in self._records.items() if r.state is State.AVAILABLE]
            if loaded:
                newest = max(loaded)
                return newest, self._records[newest]
        else:
            record = self._records.get(version)
            if record is not None and record.state is State.AVAILABLE:
                return version, record
        raise not_found(self.name, version)

    def _watch(self):
        look_at = time.monotonic() + self._poll_seconds
        while True:
            self._wake.wait(self._pause(look_at))
            self._wake.clear()
            if self._stopping:
                return
            look = self._poll_seconds > 0 and time.monotonic() >= look_at
            if look:
                look_at = time.monotonic() + self._poll_seconds
            try:
                self._step(look)
            except Exception:
                # The versions that are loaded must outlive any surprise here.
                _log.exception("model %s: watching failed, going on", self.name)

    def _pause(self, look_at):
        """Seconds until the next look or retry; None waits to be woken."""
        due = [look_at] if self._poll_seconds > 0 else []
        with self._lock:
            due += [
                record.retry_at
                for record in self._records.values()
                if record.state is State.LOADING
            ]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _step(self, look):
        if look:
            self._look()
        self._free()
        while not self._stopping and (action := self._next()) is not None:
            if isinstance(action, Load):
                self._load(action.number)
            else:
                self._unload(action.number)
            self._free()
        self._stop_unwanted()

    def _look(self):
        listing = file_system_source.scan(self.base_path)
        if listing.problem or not listing.versions:
            self._say("problem", logging.WARNING, listing.problem)
        else:
            self._said.pop("problem", None)
            ignored = [name for name in listing.ignored if not name.startswith(".")]
            if ignored:
                text = f"ignored in {self.base_path!r}, not whole numbers: {ignored}"
                self._say("ignored", logging.INFO, text)
        if not listing.readable:
            return  # a hiccup of the storage takes nothing out of service
        with self._lock:
            self._on_disk = listing.versions
            for number, path in listing.versions.items():
                self._records.setdefault(number, VersionRecord()).path = path
            waiting = [
                record
                for record in self._records.values()
                if record.files_tried is not None
            ]
        for record in waiting:
            if file_system_source.fingerprint(record.path) != record.files_tried:
                with self._lock:
                    record.files_changed()

    def _next(self):
        now = time.monotonic()
        with self._lock:
            return next_action(
                Version(
                    number,
                    record.state,
                    on_disk=number in self._on_disk,
                    loadable=record.is_loadable(now),
                )
                for number, record in self._records.items()
            )

    def _stop_unwanted(self):
        """Ends the tries of versions that have vanished or been overtaken."""
        with self._lock:
            loaded = (n for n, r in self._records.items() if r.state is State.AVAILABLE)
            newest = max((n for n in loaded if n in self._on_disk), default=-1)
            for number, record in self._records.items():
                wanted = number in self._on_disk and number > newest
                if record.state is State.LOADING and not wanted:
                    record.unwanted()

    def _load(self, number):
        record = self._records[number]
        with self._lock:
            record.state = State.LOADING
        files = file_system_source.fingerprint(record.path)
        begin = time.monotonic()
        try:
            servable = self._load_servable(record.path)
        except Exception as error:
            self._failed(number, record, files, from_exception(error))
            return
        with self._lock:
            record.loaded(servable)
        seconds = time.monotonic() - begin
        _log.info("model %s: version %d loaded (%.1f s)", self.name, number, seconds)
        self._say_if_older(number)

    def _failed(self, number, record, files, error):
        with self._lock:
            wait = record.failed(error, files, time.monotonic(), self._max_retries)
        then = f"again in {wait:.0f} s" if wait else "given up until its files change"
        _log.error(
            "model %s: version %d failed to load (%s), %s: %s",
            *(self.name, number, error.code.name, then, error.message),
        )

    def _say_if_older(self, number):
        newer = [
            other
            for other, record in self._records.items()
            if other > number and record.files_tried is not None
        ]
        if newer:
            _log.warning(
                "model %s: version %d serves, because newer ones failed to load: %s",
                *(self.name, number, sorted(newer)),
            )

    def _unload(self, number):
        with self._lock:
            self._records[number].state = State.UNLOADING
        _log.info("model %s: version %d unloading", self.name, number)

    def _free(self):
        """Frees the versions that are out of service and out of requests."""
        with self._lock:
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
            with self._lock:
                record.state = State.END
            _log.info("model %s: version %d unloaded", self.name, number)

    def _say(self, topic, level, text):
        """Logs a message once, and again only when it changes."""
        if self._said.get(topic) != text:
            self._said[topic] = text
            _log.log(level, "model %s: %s", self.name, text)
