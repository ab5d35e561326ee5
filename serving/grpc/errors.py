"""Core errors as gRPC statuses."""

import functools
import logging

import grpc

from serving.error_text import without_paths
from serving.status import Code, from_exception

_log = logging.getLogger(__name__)
_LONGEST = 1024
_CUT = "...TRUNCATED"
_STATUS = {status.value[0]: status for status in grpc.StatusCode}


def truncate(text):
    """Cuts a long text: it travels in a header, and those are limited.

    Args:
        text: str.

    Returns:
        str, of at most 1,024 characters.
    """
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - len(_CUT)] + _CUT


def with_status(method):
    """Makes an RPC method end with the core error's status.

    Args:
        method: function of (servicer, request, context); the servicer has
            `stock`, a bool: leave the server's paths in the texts.

    Returns:
        the wrapped function.
    """

    @functools.wraps(method)
    def answer(servicer, request, context):
        try:
            return method(servicer, request, context)
        except Exception as exception:
            error = from_exception(exception)
        abort(context, error, method.__name__, servicer.stock)

    return answer


def with_record(api):
    """Makes an RPC method end with the core error's status, and counts it.

    Args:
        api: str, the call's name in TF Serving's metrics, or None for one that
            they leave out.

    Returns:
        decorator of a function of (servicer, request, context, `RequestRecord`);
        the servicer has `stock`, `metrics`, `core` and `turns`.
    """

    def decorate(method):
        @functools.wraps(method)
        def answer(servicer, request, context):
            record = servicer.metrics.begin("GRPC", api)
            try:
                with servicer.turns.take(context):
                    response = method(servicer, request, context, record)
            except Exception as exception:
                error = from_exception(exception)
            else:
                servicer.metrics.end(record, Code.OK)
                return response
            is_known = record.version is not None or (
                record.model in servicer.core.model_names()
            )
            servicer.metrics.end(record, error.code, is_known)
            abort(context, error, method.__name__, servicer.stock)

        return answer

    return decorate


def abort(context, error, name, show_paths):
    """Ends an RPC with an error.

    Args:
        context: `grpc.ServicerContext`.
        error: `ServingError`.
        name: str, the method's, for the log.
        show_paths: bool, leave the server's paths in the text.

    Raises:
        Exception: always; gRPC catches it.
    """
    if error.code is Code.INTERNAL:
        _log.error("%s failed: %s", name, error.message)
    text = error.message if show_paths else without_paths(error.message)
    context.abort(_STATUS[error.code.number], truncate(text))
