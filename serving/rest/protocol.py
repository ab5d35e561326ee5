"""HTTP/1.1 of uvicorn, with time limits on a request's head and on its end."""

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
_FAREWELL_SECONDS = 0.5


class Protocol(H11Protocol):
    """Closes a connection on which a whole head does not arrive in time.

    uvicorn limits the time between requests, but not how slowly one may be sent:
    without this, a client holds any number of connections for ever.
    """

    _head_timer = None
    _is_ending = False

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

    def shutdown(self):
        """Ends the connection after the request in flight, if there is one."""
        super().shutdown()
        self._is_ending = True
        if self._waits_for_head():
            self._say_farewell()

    def on_response_complete(self):
        """Ends the connection if the server is ending."""
        super().on_response_complete()
        if self._is_ending:
            self._say_farewell()

    def _say_farewell(self):
        # TLS waits half a minute for the other side's farewell: not here.
        self.loop.call_later(_FAREWELL_SECONDS, self._abort_if_sent)

    def _abort_if_sent(self):
        if self.transport.get_write_buffer_size():
            self._say_farewell()
        else:
            self.transport.abort()

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
