"""`grpc.health.v1.Health`: as TF Serving has it, or after the models."""

from grpc_health.v1 import health, health_pb2, health_pb2_grpc

SERVICE_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
# TF Serving registers these short names.
_STOCK_NAMES = ("", "ModelService", "PredictionService")
_FULL_NAMES = (
    "tensorflow.serving.ModelService",
    "tensorflow.serving.PredictionService",
)
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
        self._servicer = health.HealthServicer()
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
        """Says `NOT_SERVING` from now on, so that balancers look elsewhere."""
        self._servicer.enter_graceful_shutdown()

    def _update(self):
        is_ready = self._stock or self._core.is_ready()
        status = _Status.SERVING if is_ready else _Status.NOT_SERVING
        for name in self._names:
            self._servicer.set(name, status)
