"""Opens the gRPC port."""

import concurrent.futures
import logging
import time

import grpc
from tensorflow_serving.apis import (
    model_service_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2,
    prediction_service_pb2_grpc,
)

from serving.grpc import health as health_service
from serving.grpc import reflection
from serving.grpc.model_service import ModelService
from serving.grpc.prediction_service import PredictionService
from serving.grpc.turns import Turns
from serving.monitoring.metrics import Metrics

_LARGEST_MESSAGE = 2**31 - 1
# For calls whose message does not come, and for reloads, which wait for models.
_SPARE_THREADS = 32
_SECONDS_TO_CLOSE = 1.0
_SERVICES = (
    prediction_service_pb2.DESCRIPTOR.services_by_name["PredictionService"].full_name,
    model_service_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
    reflection.SERVICE_NAME,
)
# Whoever sends bytes that are no message is told so; the library would write a
# traceback for each into the log.
logging.getLogger("grpc._common").addFilter(
    lambda record: "deserializing" not in record.msg
)


class GrpcServer:
    """The gRPC door, bound at once and answering from `start` on.

    Args:
        core: `ServerCore`.
        host: str, the address to bind.
        port: int; 0 takes a free one, None binds none (then `socket_path` alone).
        threads: int, requests run at the same time. Some more may wait for them;
            beyond that the answer is `RESOURCE_EXHAUSTED`.
        metrics: `Metrics`, or None.
        stock: bool, do as TF Serving does where this server does better.
        socket_path: str, a UNIX socket to listen on as well, or empty.
        channel_options: sequence of (str, int or str), gRPC's own settings.
        tls: `Tls`, or None for plain text.
        health: bool, whether there is a health service.
        reuse_port: bool, share the port with other processes.
        tensor_content: bool, answer as `tensor_content`.
        largest_message: int, bytes of a request.
        queue_per_thread: int, requests that may wait for each thread.
        max_concurrent_streams: int, requests at a time on one connection, or None
            for no limit.
        method_name_check: bool, let Predict run only signatures whose method name
            TF Serving knows.
        reload: as of `ModelService`.

    Raises:
        OSError: a port or socket cannot be bound.
    """

    def __init__(
        self,
        core,
        host,
        port,
        threads,
        *,
        metrics=None,
        stock=False,
        socket_path="",
        channel_options=(),
        tls=None,
        health=True,
        reuse_port=False,
        tensor_content=False,
        largest_message=_LARGEST_MESSAGE,
        queue_per_thread=16,
        max_concurrent_streams=None,
        method_name_check=False,
        reload=None,
    ):
        options = {
            "grpc.max_receive_message_length": largest_message,
            "grpc.max_send_message_length": -1,
            "grpc.so_reuseport": int(reuse_port),
        }
        if not stock:  # clients behind a NAT have to ping to keep their connection
            options["grpc.keepalive_permit_without_calls"] = 1
            options["grpc.http2.min_ping_interval_without_data_ms"] = 10_000
        if max_concurrent_streams:
            options["grpc.max_concurrent_streams"] = max_concurrent_streams
        options.update(channel_options)
        self._server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(threads + _SPARE_THREADS, "grpc"),
            options=list(options.items()),
            maximum_concurrent_rpcs=threads * (1 + queue_per_thread),
        )
        self._health = health_service.Health(core, stock) if health else None
        metrics = metrics or Metrics(stock)
        self._add_services(
            PredictionService(
                *(core, metrics, stock, tensor_content, method_name_check),
                turns=Turns(threads, stock),
            ),
            ModelService(core, metrics, stock, reload),
        )
        credentials = tls.grpc_credentials() if tls else None
        self.port = None
        if port is not None:
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            self.port = self._bind(address, credentials)
        if socket_path:
            self._bind(f"unix:{socket_path}", credentials)

    def start(self):
        """Begins to answer."""
        if self._health is not None:
            self._health.start()
        self._server.start()

    def end(self, grace):
        """Takes no new requests, and returns at once.

        Args:
            grace: float, seconds after which requests in flight are cut off.
        """
        if self._health is not None:
            self._health.stop()
        self._deadline = time.monotonic() + grace + _SECONDS_TO_CLOSE
        self._ended = self._server.stop(grace)
        self._reflection.stop()

    def wait(self):
        """Waits for the requests in flight, after `end`, no longer than they have."""
        self._ended.wait(max(0.0, self._deadline - time.monotonic()))

    def stop(self, grace):
        """Takes no new requests and waits for those in flight.

        Args:
            grace: float, seconds after which they are cut off.
        """
        self.end(grace)
        self.wait()

    def _add_services(self, prediction, models):
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            prediction, self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(models, self._server)
        names = list(_SERVICES)
        if self._health is not None:
            self._health.add_to(self._server)
            names.append(health_service.SERVICE_NAME)
        self._reflection = reflection.Reflection(names)
        self._reflection.add_to(self._server)

    def _bind(self, address, credentials):
        """int, the port."""
        try:
            if credentials is None:
                port = self._server.add_insecure_port(address)
            else:
                port = self._server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise OSError(str(error)) from error
        if not port:
            raise OSError(f"cannot bind {address}")
        return port
