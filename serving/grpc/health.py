"""`grpc.health.v1.Health`: as TF Serving has it, or after the models."""

import concurrent.futures
import threading

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from serving.grpc.open_streams import OpenStreams

SERVICE_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
# TF Serving registers these short names.
_STOCK_NAMES = ("", "ModelService", "PredictionService")
_FULL_NAMES = (
    "tensorflow.serving.ModelService",
    "tensorflow.serving.PredictionService",
)
MOST_WATCHERS = 100
"""Streams of `Watch` at the same time; one more is refused."""
_Status = health_pb2.HealthCheckResponse


class Health:
    """The health service of a server.

    It follows whether every model has a version that answers; with `stock`, as in
    TF Serving, it says `SERVING` whatever the models do.

    Args:
        core: `ServerCore`.
        stock: bool.
    """

    def __init__(self, core, stock=False):
        self._core = core
        self._stock = stock
        self._names = _STOCK_NAMES if stock else (*_STOCK_NAMES, *_FULL_NAMES)
        self._servicer = _Servicer()
        self._update()
        if not stock:
            core.subscribe(lambda *_: self._update())

    def add_to(self, server):
        """Registers the service.

        Args:
            server: `grpc.Server`.
        """
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    def start(self):
        """Looks once more: nothing may have changed since the models came up."""
        self._update()

    def stop(self):
        """Says `NOT_SERVING` from now on, so that balancers look elsewhere.

        Who watches is told so, too, and then the stream ends.
        """
        self._servicer.enter_graceful_shutdown()
        self._servicer.streams.end()

    def _update(self):
        is_ready = self._stock or self._core.is_ready()
        status = _Status.SERVING if is_ready else _Status.NOT_SERVING
        for name in self._names:
            self._servicer.set(name, status)


class _Servicer(health.HealthServicer):
    """The library's, with streams that end, and sent to from a thread of its own.

    By itself it sends while it holds its lock, and a send waits for the one thread
    that moves all requests; when a client that watched has just gone, that thread
    waits for the lock, and the port answers no one any more.
    """

    def __init__(self):
        super().__init__()
        self.streams = OpenStreams()
        self._places = threading.BoundedSemaphore(MOST_WATCHERS)
        self._sender = concurrent.futures.ThreadPoolExecutor(1, "health")

    def Watch(self, request, context, send_response_callback=None):
        if not self._places.acquire(blocking=False):
            message = f"at most {MOST_WATCHERS} watch at a time"
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, message)
        if not context.add_callback(self._places.release):
            self._places.release()  # it has ended already

        def send(response):
            self._sender.submit(send_response_callback, response)

        super().Watch(request, context, send)
        # None in the place of a response ends the stream with OK.
        self.streams.add(context, lambda: send(None))
