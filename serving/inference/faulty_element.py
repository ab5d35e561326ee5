"""Which example of a failed batch is to blame."""

from serving.status import Code, ServingError, from_exception

_OF_ONE = (Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE, Code.DATA_LOSS)


def find(run, size, error):
    """Looks for the first example that fails, by halves.

    Args:
        run: function of (start, end) that runs so many of the examples.
        size: int, the examples that failed together.
        error: the exception of that run.

    Returns:
        tuple of int or None, and `ServingError`: the example's place and its own
        error; None and the given error if it cannot be told.
    """
    found = from_exception(error)
    if found.code not in _OF_ONE:
        return None, found
    low, high = 0, size  # the first faulty one is in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            run(low, middle)
        except Exception as exception:
            other = from_exception(exception)
            if other.code not in _OF_ONE:  # the time is over, say
                return None, found
            found, high = other, middle
        else:
            low = middle
    if size > 1 and high == size:
        # It was never met alone: perhaps it fails beside others only.
        try:
            run(low, high)
        except Exception as exception:
            found = from_exception(exception)
        else:
            return None, from_exception(error)
    return low, found


def named(element, count, error):
    """`ServingError` that names the example, by its place from 0 on."""
    message = f"element {element} of {count}, counted from 0: {error.message}"
    return ServingError(error.code, message)
