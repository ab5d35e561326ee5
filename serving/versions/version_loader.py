"""Loads and frees the versions of one model, and logs what became of each."""

import contextlib
import logging
import time

from serving.status import from_exception
from serving.versions import file_system_source
from serving.versions.version_policy import State

_log = logging.getLogger(__name__)


class VersionLoader:
    """Takes versions from one state to the next, when it is told to.

    Args:
        table: `VersionTable`.
        load: callable, path to servable.
        watching: `Watching`, of which the tries of failed loads count here.
        slots: context manager held during a load, or None.
    """

    def __init__(self, table, load, watching, slots=None):
        self._table = table
        self._load_servable = load
        self._watching = watching
        self._slots = slots or contextlib.nullcontext()

    def load(self, number, is_ending):
        """Loads a version, or notes why that failed and when it is tried again.

        Args:
            number: int.
            is_ending: function, asked when a slot is free: true for no more loads.
        """
        with self._table.change(number) as record:
            record.state = State.LOADING
        with self._slots:
            if is_ending():
                return
            files = file_system_source.fingerprint(record.path)
            begin = time.monotonic()
            try:
                servable = self._load_servable(record.path)
            except Exception as error:
                self._failed(number, files, from_exception(error))
                return
        seconds, name = time.monotonic() - begin, self._table.name
        _log.info("model %s: version %d loaded (%.1f s)", name, number, seconds)
        with self._table.change(number) as record:
            record.loaded(servable)
        self._say_if_older(number)

    def unload(self, number):
        """Takes a version out of service; requests that hold it go on."""
        with self._table.change(number) as record:
            record.state = State.UNLOADING
        _log.info("model %s: version %d unloading", self._table.name, number)

    def free(self):
        """Frees the versions out of service that no request holds any more."""
        for number in self._table.free():
            _log.info("model %s: version %d unloaded", self._table.name, number)

    def _failed(self, number, files, error):
        now, watching = time.monotonic(), self._watching
        with self._table.change(number) as record:
            wait = record.failed(
                error, files, now, watching.max_retries, watching.retry_seconds
            )
        until = "" if watching.stock else " until its files change"
        then = f"given up{until}" if wait is None else f"again in {wait:g} s"
        _log.error(
            "model %s: version %d failed to load (%s), %s: %s",
            *(self._table.name, number, error.code.name, then, error.message),
        )

    def _say_if_older(self, number):
        newer = [n for n, _ in self._table.failed_records() if n > number]
        if newer:
            _log.warning(
                "model %s: version %d serves, because newer ones failed to load: %s",
                *(self._table.name, number, sorted(newer)),
            )
