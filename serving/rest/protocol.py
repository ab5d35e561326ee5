"""HTTP/1.1 of uvicorn, with a time limit on a request's head."""

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0


class Protocol(H11Protocol):
    """Closes a connection on which a whole head does not arrive in time.

    uvicorn limits the time between requests, but not how slowly one may be sent:
    without this, a client holds any number of connections for ever.
    """

    _head_timer = None

    def connection_made(self, transport):
        """Begins to wait for the first head."""
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data):
        """Waits on where a head has only begun."""
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc):
        """Ends the waiting."""
        self._unwatch_head()
        super().connection_lost(exc)

    def _watch_head(self):
        if not self._waits_for_head():
            self._unwatch_head()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _unwatch_head(self):
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _waits_for_head(self):
        return self.cycle is None or self.cycle.response_complete

    def _too_slow(self):
        self._head_timer = None
        if self._waits_for_head():
            self.transport.close()
