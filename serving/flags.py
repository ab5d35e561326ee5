"""The server's command line, named and defaulted as TF Serving's."""

import argparse
import os

# The second number a port flag may be, besides a port.
FREE_PORT = -1

_DESCRIPTION = """\
Serves an exported model over gRPC and REST, like tensorflow_model_server.

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
the requests in flight end, then the server exits with status 0.
"""


def parse(arguments=None):
    """Reads the command line.

    Args:
        arguments: list of str, or None for the process's own.

    Returns:
        tuple of `argparse.Namespace` and a list of str, the unknown arguments.
        Wrong values end the process with status 2.
    """
    parser = _parser()
    flags, unknown = parser.parse_known_args(arguments)
    if flags.version:
        return flags, unknown
    if not flags.model_base_path:
        parser.error("--model_base_path is needed: the folder of the version folders")
    if not flags.port and not flags.rest_api_port:
        parser.error("--port and --rest_api_port are both 0: nothing to listen on")
    if flags.port == flags.rest_api_port and flags.port != FREE_PORT:
        parser.error(f"--port and --rest_api_port are both {flags.port}")
    flags.model_base_path = os.path.abspath(flags.model_base_path)
    return flags, unknown


def _parser():
    cores = os.cpu_count() or 1
    parser = argparse.ArgumentParser(
        prog="novnorm-serve",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    model = parser.add_argument_group("model").add_argument
    model("--model_name", default="default", help="name in requests (%(default)s)")
    model("--model_base_path", default="", help="folder of the version folders")
    model(
        "--file_system_poll_wait_seconds",
        type=float,
        default=1.0,
        help="time between looks for new versions (%(default)g); 0 looks once",
    )
    model(
        "--max_num_load_retries",
        type=_count,
        default=5,
        help="tries after a failed load, from 1 s apart, doubling (%(default)s); "
        "a changed file starts over",
    )
    ports = parser.add_argument_group("ports").add_argument
    ports(
        "--host",
        default="127.0.0.1",
        help="address to listen on (%(default)s). There is no authentication: any "
        "other address lets others in",
    )
    ports(
        "--port",
        type=_port,
        default=8500,
        help="for gRPC (%(default)s); 0 is off, -1 takes a free one",
    )
    ports(
        "--rest_api_port",
        type=_port,
        default=0,
        help="for REST (%(default)s); 0 is off, -1 takes a free one",
    )
    ports("--port_file", help="JSON file to write the ports to, once they answer")
    work = parser.add_argument_group("work").add_argument
    work(
        "--grpc_max_threads",
        type=_positive,
        default=4 * cores,
        help="gRPC requests run at a time (%(default)s); 16 times as many may wait, "
        "more get RESOURCE_EXHAUSTED",
    )
    work(
        "--rest_api_num_threads",
        type=_positive,
        default=4 * cores,
        help="REST requests run at a time (%(default)s)",
    )
    work(
        "--rest_api_timeout_in_ms",
        type=_positive,
        default=30000,
        help="a REST request that takes longer gets 504 (%(default)s)",
    )
    work(
        "--rest_api_max_body_mb",
        type=_positive,
        default=64,
        help="a larger REST body gets 413 (%(default)s)",
    )
    work(
        "--tensorflow_intra_op_parallelism",
        type=_count,
        default=1,
        help="threads within one op (%(default)s); 0 lets TensorFlow choose",
    )
    work(
        "--tensorflow_inter_op_parallelism",
        type=int,
        default=0,
        help="threads for the ops of all requests; 0 lets TensorFlow choose, -1 runs "
        "the ops of a request on its own thread (%(default)s)",
    )
    work(
        "--drain_seconds",
        type=float,
        default=30.0,
        help="time for requests in flight to end at SIGTERM (%(default)g)",
    )
    add("--version", action="store_true", help="print versions and exit")
    return parser


def _number(text, lowest, highest, words):
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or not lowest <= value <= highest:
        raise argparse.ArgumentTypeError(f"expected {words}, got {text!r}")
    return value


def _port(text):
    return _number(text, FREE_PORT, 65535, "a port, 0 (off) or -1 (any free one)")


def _positive(text):
    return _number(text, 1, 2**31 - 1, "a number from 1 on")


def _count(text):
    return _number(text, 0, 2**31 - 1, "a number from 0 on")
