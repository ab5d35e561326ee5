"""Reads TF Serving's text-format `MonitoringConfig`."""

from google.protobuf import text_format

from serving.configuration.config_messages import MonitoringConfig
from serving.status import Code, ServingError

DEFAULT_PATH = "/monitoring/prometheus/metrics"


def metrics_path(file, stock=False):
    """Where the metrics are on the REST port.

    Args:
        file: str, the `--monitoring_config_file`, or empty.
        stock: bool, none without a file that enables them.

    Returns:
        str, or None if they are off.

    Raises:
        ServingError: `NOT_FOUND` if the file cannot be read, `INVALID_ARGUMENT` if
            it is no `MonitoringConfig`.
    """
    if not file:
        return None if stock else DEFAULT_PATH
    message = MonitoringConfig()
    try:
        with open(file, encoding="utf-8") as opened:
            text_format.Parse(opened.read(), message)
    except OSError as error:
        text = f"--monitoring_config_file {file!r} cannot be read: {error}"
        raise ServingError(Code.NOT_FOUND, text) from None
    except (text_format.ParseError, UnicodeDecodeError) as error:
        text = f"{file!r} is no MonitoringConfig: {error}"
        raise ServingError(Code.INVALID_ARGUMENT, text) from None
    prometheus = message.prometheus_config
    if not prometheus.enable:
        return None
    path = prometheus.path or DEFAULT_PATH
    return path if path.startswith("/") else f"/{path}"
