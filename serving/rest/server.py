"""Opens the REST port."""

import socket
import threading
import time

import uvicorn

from serving.monitoring.metrics import Metrics
from serving.rest.app import RestApp
from serving.rest.protocol import Protocol

_START_SECONDS = 10


class RestServer:
    """The REST door, bound at once and answering from `start` on.

    Args:
        core: `ServerCore`.
        host: str, the address to bind.
        port: int; 0 takes a free one.
        threads: int, predictions that run at the same time.
        timeout: float, seconds after which a prediction is answered with 504.
        largest_body: int, bytes.
        metrics: `Metrics`, or None.
        tls: `Tls`, or None for plain text.
        reuse_port: bool, share the port with other processes.
        **options: of `RestApp`: `stock`, `metrics_path`, `cors`, `ui`,
            `largest_unpacked`, `json_depth`, `method_name_check`, `hosts`.

    Raises:
        OSError: the port cannot be bound.
    """

    def __init__(
        self,
        core,
        host,
        port,
        threads,
        timeout,
        largest_body,
        *,
        metrics=None,
        tls=None,
        reuse_port=False,
        **options,
    ):
        metrics = metrics or Metrics(options.get("stock", False))
        self._app = RestApp(core, metrics, threads, timeout, largest_body, **options)
        core.subscribe(metrics.version_state)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server(
            (host, port), family=family, backlog=512, reuse_port=reuse_port
        )
        # asyncio leaves it off on a socket it was given: answers would wait 40 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = self._socket.getsockname()[1]
        self._config = uvicorn.Config(
            self._app,
            http=Protocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            # Whoever reaches this port could write them.
            proxy_headers=False,
        )
        if tls is not None:  # from memory, where the arguments above want files
            self._config.load()
            self._config.ssl = tls.context()
        self._server = uvicorn.Server(self._config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="rest", daemon=True
        )

    def start(self):
        """Begins to answer."""
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise OSError("the REST server did not start")
            time.sleep(0.005)

    def end(self, grace):
        """Is no longer ready, takes no new requests, and returns at once.

        Args:
            grace: float, seconds after which requests in flight are cut off.
        """
        # With no time at all uvicorn complains about requests that are not there.
        self._config.timeout_graceful_shutdown = max(grace, 0.1)
        self._deadline = time.monotonic() + grace + 1
        self._app.end()
        self._server.should_exit = True

    def wait(self):
        """Waits for the requests in flight, after `end`."""
        if self._thread.is_alive():
            self._thread.join(max(0.0, self._deadline - time.monotonic()))
        self._socket.close()

    def stop(self, grace):
        """Takes no new requests and waits for those in flight.

        Args:
            grace: float, seconds after which they are cut off.
        """
        self.end(grace)
        self.wait()
