"""`tensorflow.serving.ModelService`."""

from tensorflow_serving.apis import model_service_pb2_grpc

from serving import metadata
from serving.grpc.errors import with_status
from serving.grpc.model_spec import asked_version, check_present


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus; HandleReloadConfigRequest is `UNIMPLEMENTED`.

    Args:
        core: `ServerCore`.
    """

    def __init__(self, core):
        self._core = core

    @with_status
    def GetModelStatus(self, request, context):
        """Gives the states of one version, or of all ever seen; a label is ignored."""
        check_present(request)
        spec = request.model_spec
        states = self._core.version_states(spec.name, asked_version(spec))
        return metadata.status_response(states)
