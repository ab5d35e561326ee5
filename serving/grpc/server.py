"""Opens the gRPC port."""

import concurrent.futures

import grpc
from tensorflow_serving.apis import (
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)

from serving.grpc.model_service import ModelService
from serving.grpc.prediction_service import PredictionService

_LARGEST_MESSAGE = 2**31 - 1
# Requests that may wait for a thread, per thread, before one is refused.
_QUEUE_PER_THREAD = 16


class GrpcServer:
    """The gRPC door, bound at once and answering from `start` on.

    Args:
        core: `ServerCore`.
        host: str, the address to bind.
        port: int; 0 takes a free one.
        threads: int, requests run at the same time. As many again, times 16,
            may wait; beyond that the answer is `RESOURCE_EXHAUSTED`.

    Raises:
        OSError: the port cannot be bound.
    """

    def __init__(self, core, host, port, threads):
        pool = concurrent.futures.ThreadPoolExecutor(threads, "grpc")
        self._server = grpc.server(
            pool,
            options=[
                ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
            maximum_concurrent_rpcs=threads * (1 + _QUEUE_PER_THREAD),
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(core), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            ModelService(core), self._server
        )
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            self.port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(str(error)) from error
        if not self.port:
            raise OSError(f"cannot bind {address}")

    def start(self):
        """Begins to answer."""
        self._server.start()

    def stop(self, grace):
        """Takes no new requests and waits for those in flight.

        Args:
            grace: float, seconds after which they are cut off.
        """
        self._server.stop(grace).wait()
