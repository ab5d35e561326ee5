"""From flags to the two doors, gRPC and REST, each on its port."""

import logging

from serving.configuration import monitoring_config, tls
from serving.grpc.server import GrpcServer
from serving.rest.server import RestServer

_log = logging.getLogger(__name__)


def open_doors(flags, core, metrics, reuse_port, reload):
    """Binds the ports before the models are loaded: a taken one is said at once.

    Args:
        flags: parsed flags.
        core: `ServerCore`.
        metrics: `Metrics`.
        reuse_port: bool, share the ports with other processes.
        reload: as of `ModelService`.

    Returns:
        dict of str to `GrpcServer` (`grpc`) and `RestServer` (`rest`), those wanted.

    Raises:
        OSError: a port cannot be opened.
        ServingError: a file that a flag names is faulty.
    """
    stock = flags.stock_behavior
    credentials = (
        tls.read_file(flags.ssl_config_file) if flags.ssl_config_file else None
    )
    doors = {}
    if flags.port or flags.grpc_socket_path:
        try:
            doors["grpc"] = GrpcServer(
                *(core, flags.host, _port(flags.port), flags.grpc_max_threads),
                metrics=metrics,
                stock=stock,
                socket_path=flags.grpc_socket_path,
                channel_options=flags.grpc_channel_arguments,
                tls=credentials,
                health=flags.enable_grpc_healthcheck_service,
                reuse_port=reuse_port,
                tensor_content=flags.enable_serialization_as_tensor_content,
                largest_message=flags.grpc_max_message_mb << 20,
                queue_per_thread=flags.grpc_queue_per_thread,
                max_concurrent_streams=flags.grpc_max_concurrent_streams,
                method_name_check=flags.enable_signature_method_name_check,
                reload=reload,
            )
        except OSError as error:
            raise _port_error("--port", flags.host, flags.port, error) from error
    if not flags.rest_api_port or stock and flags.rest_api_port == flags.port:
        return doors
    path = monitoring_config.metrics_path(flags.monitoring_config_file, stock)
    try:
        doors["rest"] = RestServer(
            *(core, flags.host, _port(flags.rest_api_port), flags.rest_api_num_threads),
            timeout=flags.rest_api_timeout_in_ms / 1000,
            largest_body=flags.rest_api_max_body_mb << 20,
            metrics=metrics,
            stock=stock,
            metrics_path=path,
            cors=flags.rest_api_enable_cors_support,
            tls=credentials if flags.rest_api_ssl else None,
            ui=flags.ui,
            reuse_port=reuse_port,
            method_name_check=flags.enable_signature_method_name_check,
            hosts=flags.rest_api_allowed_hosts,
        )
    except OSError as error:
        found = _port_error("--rest_api_port", flags.host, flags.rest_api_port, error)
        if not stock:
            for door in doors.values():
                door.stop(0)
            raise found from error
        _log.error("%s; going on without REST", found)
    return doors


def _port(flag):
    """int, the port to bind: -1 is any free one, which a socket calls 0."""
    return max(flag, 0) if flag else None


def _port_error(flag, host, port, error):
    return OSError(
        f"{host}:{max(port, 0)} cannot be opened ({error}); stop what holds it, or "
        f"choose another port with {flag} (-1 takes a free one)"
    )
