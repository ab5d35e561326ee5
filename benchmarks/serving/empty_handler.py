"""The floor: a gRPC server whose handler does nothing, as a child process.

The same server class and the same messages as the real one; what is left is what gRPC
itself and the parsing of messages cost in Python.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import time

_PATIENCE = 60.0


class EmptyHandler:
    """A process that answers each Predict with the same y, while in `with`.

    Attributes:
        target: str, `127.0.0.1:PORT`.
    """

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="empty-handler-")
        port_file = pathlib.Path(self._folder.name, "port")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.serving.empty_handler", str(port_file)],
            stdin=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _PATIENCE
        while not port_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("the empty handler did not start")
            time.sleep(0.05)
        self.target = f"127.0.0.1:{port_file.read_text()}"
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()


def main(port_file):
    """Serves until the process is ended.

    Args:
        port_file: str, where to write the port that was free.
    """
    import grpc
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    answer = predict_pb2.PredictResponse()
    answer.model_spec.name = "line"
    answer.model_spec.version.value = 1
    answer.model_spec.signature_name = "serving_default"
    answer.outputs["y"].dtype = 1
    answer.outputs["y"].float_val.append(2.5)
    answer.outputs["y"].tensor_shape.dim.add(size=1)
    answer.outputs["y"].tensor_shape.dim.add(size=1)

    class Empty(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):  # noqa: N802
            return answer

    threads = 4 * (os.cpu_count() or 1)  # as the real server's default
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(threads))
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Empty(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    partial = f"{port_file}.partial"
    pathlib.Path(partial).write_text(str(port), encoding="utf-8")
    os.replace(partial, port_file)
    server.wait_for_termination()


if __name__ == "__main__":
    main(sys.argv[1])
