"""The server's command line: TF Serving's flags, and some of its own."""

import argparse
import os
import socket
import sys

from serving.configuration import flag_types, stock_flags
from serving.configuration.flag_types import FREE_PORT

__all__ = ["FREE_PORT", "parse"]

_DESCRIPTION = """\
Serves exported models over gRPC and REST, like tensorflow_model_server.

The base path holds one folder per version, named by a whole number, with a
SavedModel in each. The newest whole version is served; a newer one is picked
up while serving, and replaces the old one only once it is loaded completely.
"""
_EPILOG = """\
example:
  novnorm-serve --model_name=mnist8 --model_base_path=/models/mnist8 \\
      --rest_api_port=8501

On a free port: --port=-1 --port_file=ports.json, then read {"grpc": N, "rest": N}
from the file, which appears when the server answers. The same is printed as one
line on standard output; the log goes to standard error. SIGTERM and SIGINT let
the requests in flight end, then the server exits with status 0, at the latest
after --drain_seconds and --end_seconds.
"""


def parse(arguments=None):
    """Reads the command line.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        tuple of `argparse.Namespace` and a list of str, the unknown arguments.
        What is not given has its default, which may depend on other flags.
        Wrong values end the process with status 2.
    """
    parser = argparse.ArgumentParser(
        prog="novnorm-serve",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    switches = stock_flags.add_to(parser) | _add_own(parser)
    bare = {f"--{name}" for name in switches}
    words = sys.argv[1:] if arguments is None else arguments
    words = [f"{word}=true" if word in bare else word for word in words]
    flags, unknown = parser.parse_known_args(words)
    if not flags.version:
        _complete(flags)
        _check(parser, flags)
    return flags, unknown


def _add_own(parser):
    group = parser.add_argument_group("beyond TF Serving")
    add = group.add_argument
    add(
        "--stock_behavior",
        type=flag_types.boolean,
        default=False,
        metavar="BOOL",
        help="do as TF Serving does wherever this server does better (false)",
    )
    add(
        "--host",
        help="address to listen on (127.0.0.1). There is no authentication, unless "
        "--ssl_config_file asks for client certificates: any other address lets "
        "others in",
    )
    add("--port_file", help="JSON file to write the ports to, once they answer")
    add(
        "--strict",
        type=flag_types.boolean,
        default=False,
        metavar="BOOL",
        help="check shapes against the signature before a run (false)",
    )
    add(
        "--workers",
        type=flag_types.positive,
        default=1,
        help="server processes that share the ports (%(default)s)",
    )
    add(
        "--ui",
        type=flag_types.boolean,
        default=True,
        metavar="BOOL",
        help="the page at /ui of the REST port (true)",
    )
    add(
        "--rest_api_ssl",
        type=flag_types.boolean,
        default=None,
        metavar="BOOL",
        help="TLS of --ssl_config_file for REST too; on unless --stock_behavior",
    )
    add(
        "--drain_seconds",
        type=float,
        help="time for requests in flight to end at SIGTERM, over gRPC and REST "
        "together (30)",
    )
    add(
        "--end_seconds",
        type=flag_types.amount,
        default=5.0,
        help="time after --drain_seconds for what still runs, a load or a run that "
        "nothing can end; then the process ends whatever runs (%(default)g)",
    )
    add(
        "--reload_seconds",
        type=float,
        help="the longest that HandleReloadConfigRequest waits for models (120)",
    )
    add(
        "--reload_base_paths",
        type=flag_types.words,
        help="folders, separated by commas, beneath which HandleReloadConfigRequest "
        "may name base paths, beside those configured; * for any. A model is code: it "
        "can read what the server can (none; * with --stock_behavior)",
    )
    add(
        "--rest_api_allowed_hosts",
        type=flag_types.words,
        help="names, separated by commas, by which clients and pages may call this "
        "server beside its addresses, localhost and the machine's name; * for any "
        "(none on loopback, * on another --host)",
    )
    add(
        "--grpc_max_message_mb",
        type=flag_types.positive,
        default=2047,
        help="a larger gRPC message gets RESOURCE_EXHAUSTED (%(default)s)",
    )
    add(
        "--grpc_queue_per_thread",
        type=flag_types.count,
        default=16,
        help="gRPC requests that may wait for each thread; more get "
        "RESOURCE_EXHAUSTED (%(default)s)",
    )
    add(
        "--grpc_max_concurrent_streams",
        type=flag_types.positive,
        help="gRPC requests at a time on one connection (no limit)",
    )
    add(
        "--max_request_mb",
        type=flag_types.positive,
        default=512,
        help="a request whose tensors take more once they are decoded is refused "
        "(%(default)s)",
    )
    add(
        "--max_request_seconds",
        type=flag_types.amount,
        default=120.0,
        help="a request that has run so long is ended between two parts, and one that "
        "would take four times as long, by what the model's runs have cost since the "
        "warm-up, is refused; 0 for no limit (%(default)g)",
    )
    add(
        "--max_picture_megapixels",
        type=flag_types.amount,
        default=0.0,
        help="a picture file of more pixels is refused; 0 for as many as a fifth of "
        "the free memory decodes (%(default)g)",
    )
    add(
        "--rest_api_max_body_mb",
        type=flag_types.positive,
        default=64,
        help="a larger REST body gets 413 (%(default)s)",
    )
    return {"stock_behavior", "strict", "ui", "rest_api_ssl"}


def _complete(flags):
    """Fills in the defaults that depend on other flags."""
    stock = flags.stock_behavior
    if flags.host is None:
        flags.host = "0.0.0.0" if stock else "127.0.0.1"
    if flags.drain_seconds is None:
        flags.drain_seconds = 0.0 if stock else 30.0
    if flags.reload_seconds is None and not stock:
        flags.reload_seconds = 120.0
    if flags.load_retry_interval_micros is None and stock:
        flags.load_retry_interval_micros = 60_000_000
    if flags.enable_grpc_healthcheck_service is None:
        flags.enable_grpc_healthcheck_service = not stock
    if flags.reload_base_paths is None:
        flags.reload_base_paths = ["*"] if stock else []
    if flags.rest_api_allowed_hosts is None:
        loopback = not stock and flag_types.is_loopback(flags.host)
        flags.rest_api_allowed_hosts = [] if loopback else ["*"]
    flags.rest_api_allowed_hosts.append(socket.gethostname())
    if flags.rest_api_ssl is None:
        flags.rest_api_ssl = bool(flags.ssl_config_file) and not stock


def _check(parser, flags):
    if not flags.model_base_path and not flags.model_config_file:
        parser.error(
            "--model_base_path is needed: the folder of the version folders; or "
            "--model_config_file"
        )
    if not flags.port and not flags.grpc_socket_path and not flags.rest_api_port:
        parser.error("--port and --rest_api_port are both 0: nothing to listen on")
    same = flags.port == flags.rest_api_port and flags.port != FREE_PORT
    if same and flags.port and not flags.stock_behavior:
        parser.error(f"--port and --rest_api_port are both {flags.port}")
    if flags.use_alts_credentials:
        parser.error(
            "--use_alts_credentials: ALTS is not supported; use --ssl_config_file"
        )
    if flags.rest_api_ssl and not flags.ssl_config_file:
        parser.error("--rest_api_ssl needs --ssl_config_file")
    if flags.batching_parameters_file and not flags.enable_batching:
        parser.error("--batching_parameters_file needs --enable_batching")
    parallelism = (
        flags.tensorflow_session_parallelism,
        flags.tensorflow_intra_op_parallelism,
        flags.tensorflow_inter_op_parallelism,
    )
    if all(parallelism):
        parser.error(
            "--tensorflow_session_parallelism cannot be set beside both "
            "--tensorflow_intra_op_parallelism and --tensorflow_inter_op_parallelism"
        )
    # A URL is none of a path: `model_config.absolute` takes or refuses it as it is.
    path = flags.model_base_path
    if path and "://" not in path and not flags.stock_behavior:
        flags.model_base_path = os.path.abspath(path)
    both = flags.tensorflow_session_parallelism
    if flags.tensorflow_intra_op_parallelism is None:
        flags.tensorflow_intra_op_parallelism = both or int(not flags.stock_behavior)
    if flags.tensorflow_inter_op_parallelism is None:
        flags.tensorflow_inter_op_parallelism = both
