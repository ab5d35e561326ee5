"""How long the client of an RPC still waits."""

from serving.status import Code, ServingError

# Without a deadline gRPC gives the time until the end of its calendar.
_FOR_EVER = 1e9


def has_gone(context, stock=False):
    """Function that says whether the client of an RPC has gone.

    Args:
        context: `grpc.ServicerContext`.
        stock: bool, do as TF Serving does, which does not look.

    Returns:
        function of nothing to bool, or None.
    """
    return None if stock else lambda: not context.is_active()


def time_left(context, stock=False):
    """The time in which a request may run.

    TF Serving runs also what nobody waits for any more (tensorflow/serving#1265),
    then without a limit; here it is dropped.

    Args:
        context: `grpc.ServicerContext`.
        stock: bool, do as TF Serving does.

    Returns:
        float, seconds, or None for no limit.

    Raises:
        ServingError: `DEADLINE_EXCEEDED` or `CANCELLED` if nobody waits.
    """
    left = context.time_remaining()
    if left is not None and left > _FOR_EVER:
        left = None
    if stock:
        return left or None
    if left is not None and left <= 0:
        message = "the deadline passed before the request could run"
        raise ServingError(Code.DEADLINE_EXCEEDED, message)
    if not context.is_active():
        raise ServingError(Code.CANCELLED, "the client cancelled the request")
    return left
