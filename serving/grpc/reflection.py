"""Server reflection, whose streams hold nothing that others need."""

import concurrent.futures
import contextlib
import threading

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from serving.grpc.open_streams import OpenStreams

SERVICE_NAME = reflection.SERVICE_NAME
MOST_STREAMS = 4
"""Open at the same time; one more is refused."""
IDLE_SECONDS = 10.0
"""A stream on which no question comes for so long ends."""
# Each open stream holds a thread, so there are some to refuse the others.
_SPARE_THREADS = 4


class Reflection(reflection.ReflectionServicer):
    """`grpc.reflection.v1alpha.ServerReflection`.

    Args:
        names: list of str, the services that it tells of.
        idle_seconds: float.
    """

    def __init__(self, names, idle_seconds=IDLE_SECONDS):
        super().__init__(names)
        self._idle_seconds = idle_seconds
        self._streams = OpenStreams()
        self._places = threading.BoundedSemaphore(MOST_STREAMS)
        super_method = super().ServerReflectionInfo

        def answer(request_iterator, context):
            with self._place(context):
                self._streams.add(context, context.cancel)
                questions = self._while_awake(request_iterator, context)
                yield from super_method(questions, context)

        # The library looks for this name: a stream on the threads that answer
        # requests would hold one for as long as its client likes.
        answer.experimental_thread_pool = concurrent.futures.ThreadPoolExecutor(
            MOST_STREAMS + _SPARE_THREADS, "reflection"
        )
        self.ServerReflectionInfo = answer

    def add_to(self, server):
        """Registers the service.

        Args:
            server: `grpc.Server`.
        """
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(self, server)

    def stop(self):
        """Ends the streams."""
        self._streams.end()

    @contextlib.contextmanager
    def _place(self, context):
        if not self._places.acquire(blocking=False):
            message = f"at most {MOST_STREAMS} reflection streams at a time"
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, message)
        try:
            yield
        finally:
            self._places.release()

    def _while_awake(self, questions, context):
        questions = iter(questions)
        while True:
            timer = threading.Timer(self._idle_seconds, context.cancel)
            timer.daemon = True
            timer.start()
            try:
                question = next(questions, None)
            finally:
                timer.cancel()
            if question is None:
                return
            yield question
