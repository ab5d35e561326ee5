"""The server process: `novnorm-serve`, or `python -m serving.main`."""

import functools
import importlib.metadata
import ipaddress
import json
import logging
import os
import signal
import sys
import threading

# Before TensorFlow is imported, or its start-up notes bury the server's log.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from serving import flags as command_line

_log = logging.getLogger("serving")
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(arguments=None):
    """Runs the server until SIGTERM or SIGINT.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        int, the exit status: 0 after a stop by signal, 1 if a port is taken.
    """
    flags, unknown = command_line.parse(arguments)
    if flags.version:
        _print_version()
        return 0
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname).1s %(message)s"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    for argument in unknown:
        _log.warning("unknown argument %s is ignored; see --help", argument)
    if not _is_loopback(flags.host):
        _log.warning(
            "listening on %s: whoever reaches this address can send requests, "
            "without authentication or encryption",
            flags.host,
        )
    stop = threading.Event()
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    status = _serve(flags, stop)
    for number in _STOP_SIGNALS:
        # A second one must not turn a clean end into a death by signal.
        signal.signal(number, signal.SIG_IGN)
    return status


def _serve(flags, stop):
    # Imported here, so that --help and a wrong flag answer at once.
    from serving.servable import Servable
    from serving.served_model import ServedModel
    from serving.server_core import ServerCore

    load = functools.partial(
        Servable.load,
        intra_op=flags.tensorflow_intra_op_parallelism,
        inter_op=flags.tensorflow_inter_op_parallelism,
    )
    model = ServedModel(
        flags.model_name,
        flags.model_base_path,
        load,
        poll_seconds=flags.file_system_poll_wait_seconds,
        max_retries=flags.max_num_load_retries,
    )
    core = ServerCore([model])
    try:
        doors = _open_doors(flags, core)
    except OSError as error:
        _log.error("cannot start: %s", error)
        return 1
    core.start()
    for door in doors.values():
        door.start()
    _announce(flags, {name: door.port for name, door in doors.items()})
    stop.wait()
    _log.info("stopping: no new requests, waiting for those in flight")
    for door in doors.values():
        door.stop(flags.drain_seconds)
    core.stop()
    _log.info("stopped")
    return 0


def _open_doors(flags, core):
    """Binds the ports before the model is loaded: a taken one is said at once."""
    from serving.grpc.server import GrpcServer
    from serving.rest.server import RestServer

    doors = {}
    if flags.port:
        port = max(flags.port, 0)
        try:
            doors["grpc"] = GrpcServer(core, flags.host, port, flags.grpc_max_threads)
        except OSError as error:
            raise OSError(_port_message("--port", flags.host, port, error)) from error
    if flags.rest_api_port:
        port = max(flags.rest_api_port, 0)
        try:
            doors["rest"] = RestServer(
                core,
                flags.host,
                port,
                threads=flags.rest_api_num_threads,
                timeout=flags.rest_api_timeout_in_ms / 1000,
                largest_body=flags.rest_api_max_body_mb << 20,
            )
        except OSError as error:
            message = _port_message("--rest_api_port", flags.host, port, error)
            raise OSError(message) from error
    return doors


def _port_message(flag, host, port, error):
    return (
        f"{host}:{port} cannot be opened ({error}); stop what holds it, or choose "
        f"another port with {flag} (-1 takes a free one)"
    )


def _announce(flags, ports):
    words = {"grpc": "gRPC", "rest": "REST"}
    where = [f"{words[name]} on {flags.host}:{port}" for name, port in ports.items()]
    line = f"novnorm-serve: {', '.join(where)}, model {flags.model_name}"
    print(line, flush=True)
    if flags.port_file:
        partial = f"{flags.port_file}.{os.getpid()}.tmp"
        with open(partial, "w", encoding="utf-8") as file:
            json.dump(ports, file)
        os.replace(partial, flags.port_file)


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _print_version():
    import tensorflow

    try:
        version = importlib.metadata.version("keras-novnorm")
    except importlib.metadata.PackageNotFoundError:
        version = "not installed"
    print(f"TensorFlow ModelServer: compatible local server, keras-novnorm {version}")
    print(f"TensorFlow Library: {tensorflow.__version__}")


if __name__ == "__main__":
    sys.exit(main())
