"""Memory of an unloaded model, given back to the machine."""

import ctypes
import functools


def give_back():
    """Asks the C library to return what it keeps of freed memory.

    Without it, a server that swaps versions holds on to the memory of the
    largest pair it ever had (tensorflow/serving#1664). Where the C library has
    no such call, nothing happens.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@functools.cache
def _malloc_trim():
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
