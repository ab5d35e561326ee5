"""Streams that clients hold open: the server has to end them, or it waits for them."""

import threading


class OpenStreams:
    """Remembers how to end each stream, and ends them all together.

    A stream of `Health.Watch` or of reflection ends only when its client wishes;
    one alone would take the whole time that requests in flight have at the end.
    """

    def __init__(self):
        self._ends = {}
        self._have_ended = False
        self._lock = threading.Lock()

    def add(self, context, end):
        """Remembers a stream until it ends; one that comes too late ends at once.

        Args:
            context: `grpc.ServicerContext`.
            end: function that ends it; called from any thread, perhaps after its
                end.
        """
        with self._lock:
            if not self._have_ended:
                if context.add_callback(lambda: self._forget(context)):
                    self._ends[context] = end
                return
        end()

    def end(self):
        """Ends them, and from now on each that comes."""
        with self._lock:
            self._have_ended = True
            ends = list(self._ends.values())
        for end in ends:
            end()

    def _forget(self, context):
        with self._lock:
            self._ends.pop(context, None)
