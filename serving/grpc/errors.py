"""Core errors as gRPC statuses."""

import functools
import logging

import grpc

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
        method: function of (servicer, request, context).

    Returns:
        the wrapped function.
    """

    @functools.wraps(method)
    def answer(servicer, request, context):
        try:
            return method(servicer, request, context)
        except Exception as exception:
            error = from_exception(exception)
        if error.code is Code.INTERNAL:
            _log.error("%s failed: %s", method.__name__, error.message)
        context.abort(_STATUS[error.code.number], truncate(error.message))

    return answer
