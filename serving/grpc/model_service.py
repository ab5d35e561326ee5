"""`tensorflow.serving.ModelService`."""

import logging

from tensorflow_serving.apis import (
    model_management_pb2,
    model_service_pb2_grpc,
)

from serving.grpc.errors import with_status
from serving.grpc.model_spec import asked_version, check_present
from serving.inference import metadata

_log = logging.getLogger(__name__)


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus and HandleReloadConfigRequest.

    Args:
        core: `ServerCore`.
        metrics: `Metrics`.
        stock: bool, do as TF Serving does where this server does better.
        reload: function of a `ModelServerConfig`, or None for the core's own.
    """

    def __init__(self, core, metrics, stock=False, reload=None):
        self._core = core
        self._reload = reload or core.reload
        self._metrics = metrics
        self.stock = stock

    @with_status
    def GetModelStatus(self, request, context):
        """Gives the states of one version, or of all ever seen; a label is ignored."""
        check_present(request)
        spec = request.model_spec
        states = self._core.version_states(spec.name, asked_version(spec))
        return metadata.status_response(states, show_paths=self.stock)

    @with_status
    def HandleReloadConfigRequest(self, request, context):
        """Serves another configuration; returns when what is new in it answers."""
        before = self._metrics.values(request.metric_names)
        _log.info("a client asks for another configuration: %s", request.config)
        self._reload(request.config)
        response = model_management_pb2.ReloadConfigResponse()
        response.status.SetInParent()
        after = self._metrics.values(request.metric_names)
        for name, value in after.items():
            response.metric.add(name=name, int64_value_increase=value - before[name])
        return response
