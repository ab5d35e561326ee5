"""The server process: `novnorm-serve`, or `python -m serving.main`."""

import importlib.metadata
import json
import logging
import os
import signal
import sys
import threading
import traceback

# Before TensorFlow is imported, or its start-up notes bury the server's log.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from serving.configuration import flags as command_line
from serving.configuration import stock_flags
from serving.configuration.flag_types import is_loopback
from serving.shutdown import Shutdown, exit_at_once
from serving.status import ServingError

_log = logging.getLogger("serving")
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_STOCK_FAILURE = 255
# What a supervisor takes to end workers that have not ended in their time.
_SECONDS_FOR_WORKERS = 5.0


def main(arguments=None):
    """Runs the server until SIGTERM or SIGINT.

    After a signal it returns, or the process ends, within `--drain_seconds` and
    `--end_seconds`. The signals stay blocked: a second one changes nothing.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        int, the exit status: 0 after a stop by signal, 1 if it cannot start (255
        with `--stock_behavior`).
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    flags, unknown = command_line.parse(words)
    if flags.version:
        _print_version()
        return 0
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname).1s %(message)s"
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    worker = os.environ.pop("NOVNORM_SERVE_WORKER", None)
    shared_config = os.environ.pop("NOVNORM_SERVE_CONFIG", None)
    follows = os.environ.pop("NOVNORM_SERVE_FOLLOWS", None)
    if not worker or worker == "0":
        _warn(flags, unknown)
    stop = threading.Event()
    shutdown = Shutdown(stop, _STOP_SIGNALS)
    shutdown.begin()
    try:
        if follows or worker is not None:
            _follow_starter()
        if flags.workers > 1:
            return _supervise(flags, words, stop, shutdown)
        return _serve(flags, stop, shutdown, worker is not None, shared_config)
    except (OSError, ServingError) as error:
        return _cannot_start(flags, error)


def run():
    """Runs the server as the command does: the process ends with `main`'s status."""
    try:
        status = main()
    except ModuleNotFoundError as error:
        print(
            f"novnorm-serve needs {error.name}, which is not installed: "
            "pip install 'keras-novnorm[serving]'",
            file=sys.stderr,
        )
        status = 1
    except Exception:
        traceback.print_exc()
        status = 1
    exit_at_once(status)


def _serve(flags, stop, shutdown=None, shared=False, shared_config=None):
    # Imported here, so that --help and a wrong flag answer at once.
    from serving.startup import Server

    server = Server(flags, reuse_port=shared, shared_config=shared_config)
    try:
        server.start(stop)
        if shutdown is not None:
            shutdown.allow(flags.drain_seconds + flags.end_seconds)
        if not stop.is_set():
            _announce(flags, server.ports)
            stop.wait()
        _log.info("stopping: no new requests, waiting for those in flight")
    finally:
        whole = server.stop()
    _log.info("stopped" if whole else "stopped, while a model was being loaded")
    if not whole:
        exit_at_once(0)
    return 0


def _supervise(flags, words, stop, shutdown):
    from serving.supervisor import Supervisor

    shutdown.allow(flags.drain_seconds + flags.end_seconds + _SECONDS_FOR_WORKERS)
    return Supervisor(flags, words, stop).run(lambda ports: _announce(flags, ports))


def _follow_starter():
    """Ends this process as by SIGTERM when whoever started it is gone, even if killed.

    Who starts it so keeps the other end of its standard input open while it lives.
    """

    def follow():
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="starter", daemon=True).start()


def _cannot_start(flags, error):
    _log.error("cannot start: %s", error)
    if flags.stock_behavior:
        print(f"Failed to start server. Error: {error}", flush=True)
        return _STOCK_FAILURE
    return 1


def _warn(flags, unknown):
    for argument in unknown:
        _log.warning("unknown argument %s is ignored; see --help", argument)
    for flag, reason in stock_flags.without_effect(flags).items():
        _log.warning("%s has no effect here: %s", flag, reason)
    plain = None
    if not flags.ssl_config_file and (flags.port or flags.rest_api_port):
        plain = flags.host
    elif flags.rest_api_port and not flags.rest_api_ssl:
        plain = f"{flags.host}, REST"
    if plain and not is_loopback(flags.host):
        _log.warning(
            "listening on %s: whoever reaches this address can send requests, "
            "without authentication or encryption; see --ssl_config_file",
            plain,
        )


def _announce(flags, ports):
    words = {"grpc": "gRPC", "rest": "REST"}
    where = [
        f"{words[name]} on {flags.host}:{port}" for name, port in ports.items() if port
    ]
    if flags.grpc_socket_path:
        where.append(f"gRPC on unix:{flags.grpc_socket_path}")
    what = (
        f"models of {flags.model_config_file}"
        if flags.model_config_file
        else f"model {flags.model_name}"
    )
    print(f"novnorm-serve: {', '.join(where)}, {what}", flush=True)
    if flags.port_file:
        partial = f"{flags.port_file}.{os.getpid()}.tmp"
        with open(partial, "w", encoding="utf-8") as file:
            json.dump(ports, file)
        os.replace(partial, flags.port_file)


def _print_version():
    import tensorflow

    try:
        version = importlib.metadata.version("keras-novnorm")
    except importlib.metadata.PackageNotFoundError:
        version = "not installed"
    print(f"TensorFlow ModelServer: compatible local server, keras-novnorm {version}")
    print(f"TensorFlow Library: {tensorflow.__version__}")


if __name__ == "__main__":
    run()
