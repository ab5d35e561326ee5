"""Turns to run: a call takes one only once its message is there."""

import contextlib
import threading

from serving.grpc.deadline import time_left

_LOOK_SECONDS = 0.1


class Turns:
    """So many calls run at the same time; others wait for their turn.

    A thread of the gRPC library waits also for a message that never comes. So there
    are more threads than turns, and silent calls hold up nobody.

    Args:
        number: int.
        stock: bool, as of `time_left`.
    """

    def __init__(self, number, stock=False):
        self._turns = threading.BoundedSemaphore(number)
        self._stock = stock

    @contextlib.contextmanager
    def take(self, context):
        """Waits for a turn.

        Args:
            context: `grpc.ServicerContext`.

        Raises:
            ServingError: as `time_left`, if nobody waits any more.
        """
        while not self._turns.acquire(timeout=_LOOK_SECONDS):
            time_left(context, self._stock)
        try:
            yield
        finally:
            self._turns.release()
