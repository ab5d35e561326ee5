"""Server reflection, whose streams end with the server."""

from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from serving.grpc.open_streams import OpenStreams

SERVICE_NAME = reflection.SERVICE_NAME


class Reflection(reflection.ReflectionServicer):
    """`grpc.reflection.v1alpha.ServerReflection`.

    Args:
        names: list of str, the services that it tells of.
    """

    def __init__(self, names):
        super().__init__(names)
        self._streams = OpenStreams()

    def ServerReflectionInfo(self, request_iterator, context):
        """Answers questions until the client has no more, or the server ends."""
        self._streams.add(context, context.cancel)
        yield from super().ServerReflectionInfo(request_iterator, context)

    def add_to(self, server):
        """Registers the service.

        Args:
            server: `grpc.Server`.
        """
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(self, server)

    def stop(self):
        """Ends the streams."""
        self._streams.end()
