"""How the process is told to stop, and that it does."""

import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time

_log = logging.getLogger("serving")
_SECONDS_TO_LOG = 1.0
# A thread that keeps Python's lock keeps this one from ending the process.
_SECONDS_WITHOUT_PYTHON = 5.0
# Where threads wait for something to do: in Python's own modules, gRPC's, and here.
_IDLE = {"threading.py", "thread.py", "selectors.py", "_server.py", "shutdown.py"}


class Shutdown:
    """Takes the signals that stop the process, and bounds the time of its end.

    The signals are blocked in all threads, and one thread waits for them. A handler
    would run in the main thread wherever that happens to be: one that sets an event
    waits for ever if the main thread, or the handler of a signal just before, holds
    the event's lock.

    Args:
        stop: `threading.Event`, set at the first signal; later ones change nothing.
        signals: iterable of int; none for a process that is not told by signals.
    """

    def __init__(self, stop, signals):
        self._stop = stop
        self._signals = frozenset(signals)
        self._allowed = 0.0

    def begin(self):
        """Begins to wait for signals. Call it before there are other threads."""
        if self._signals:
            signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
            threading.Thread(target=self._wait, name="shutdown", daemon=True).start()

    def allow(self, seconds):
        """Has something to end in order from now on; before, it ends at once.

        Args:
            seconds: float, from the signal until the process ends with status 0,
                whatever still runs.
        """
        self._allowed = seconds

    def _wait(self):
        signal.sigwait(self._signals)
        allowed = self._allowed
        self._stop.set()
        with contextlib.suppress(Exception):  # no standard error to write to
            faulthandler.dump_traceback_later(
                allowed + _SECONDS_WITHOUT_PYTHON, exit=True
            )
        time.sleep(allowed)
        # Whoever reads the log may have stopped to read.
        say = threading.Thread(target=_say_what_runs, args=[allowed], daemon=True)
        say.start()
        say.join(_SECONDS_TO_LOG)
        os._exit(0)


def exit_at_once(status):
    """Ends the process without Python's own tidying up.

    That waits for each thread of a pool, which may be in a run that nothing can end,
    and takes apart what threads of TensorFlow and gRPC still use.

    Args:
        status: int, the exit status.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # closed, or nobody reads
            stream.flush()
    os._exit(status)


def _say_what_runs(allowed):
    if not allowed:
        _log.info("stopped before it was ready to serve")
        return
    _log.warning(
        "stopped after %g s, while these still ran: %s", allowed, "; ".join(_threads())
    )


def _threads():
    """list of str, each thread that does something, with the place where it is."""
    frames = sys._current_frames()
    places = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident)
        code = frame and frame.f_code
        file = code and os.path.basename(code.co_filename)
        if file and file not in _IDLE and thread is not threading.current_thread():
            places.append(f"{thread.name} ({file}:{frame.f_lineno} {code.co_name})")
    return places
