"""Tries a call again while the server cannot be reached or is too busy."""

import itertools
import random
import time

import grpc

_TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
# gRPC's own code for a message over either side's limit: no wait makes it smaller.
_TOO_LARGE = "larger than max"


class GaveUpError(Exception):
    """All tries failed.

    Args:
        attempts: int, how many there were.
        seconds: float, in how long.
    """

    def __init__(self, attempts, seconds):
        super().__init__(f"{attempts} tries in {seconds:.1f} s")
        self.attempts = attempts
        self.seconds = seconds


class Retry:
    """Exponential backoff with jitter, within a time for all tries together.

    Args:
        retries: int, tries after the first.
        timeout: float, seconds for all of them and the pauses between.
        clock: function to seconds.
        sleep: function of seconds.
    """

    def __init__(self, retries, timeout, clock=time.monotonic, sleep=time.sleep):
        self._retries = retries
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep

    def call(self, method, request):
        """Calls until an answer comes.

        Args:
            method: function of (request, timeout=seconds), as gRPC gives it.
            request: message.

        Returns:
            what the method returns.

        Raises:
            grpc.RpcError: an error that no further try would cure.
            GaveUpError: from the last `grpc.RpcError`, once tries or time are up.
        """
        start = self._clock()
        last = None
        for attempt in itertools.count(1):
            left = self._timeout - (self._clock() - start)
            try:
                return method(request, timeout=max(left, 0.001))
            except grpc.RpcError as error:
                timed_out = error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
                if not is_temporary(error) and not (timed_out and last):
                    raise
                # Out of time while trying again: what went wrong is the first error.
                last = last if timed_out else error
            spent = self._clock() - start
            pause = _pause(attempt)
            if timed_out or attempt > self._retries or spent + pause >= self._timeout:
                raise GaveUpError(attempt, spent) from last
            self._sleep(pause)


def is_temporary(error):
    """Says whether another try may help.

    Args:
        error: `grpc.RpcError`.

    Returns:
        bool.
    """
    return error.code() in _TRY_AGAIN and not is_too_large(error.details())


def is_too_large(details):
    """Says whether a message was refused for its size.

    Args:
        details: str, the text of an error, or None.

    Returns:
        bool.
    """
    return _TOO_LARGE in (details or "")


def _pause(attempt):
    # Jitter: clients that were cut off together do not come back together.
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)
