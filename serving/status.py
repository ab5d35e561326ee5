"""The one table of error codes, and the one exception that carries them."""

import enum


class Code(enum.Enum):
    """A status of the serving core: its gRPC number and its HTTP status."""

    OK = (0, 200)
    CANCELLED = (1, 499)
    UNKNOWN = (2, 500)
    INVALID_ARGUMENT = (3, 400)
    DEADLINE_EXCEEDED = (4, 504)
    NOT_FOUND = (5, 404)
    ALREADY_EXISTS = (6, 409)
    PERMISSION_DENIED = (7, 403)
    RESOURCE_EXHAUSTED = (8, 429)
    FAILED_PRECONDITION = (9, 400)
    ABORTED = (10, 409)
    OUT_OF_RANGE = (11, 400)
    UNIMPLEMENTED = (12, 501)
    INTERNAL = (13, 500)
    UNAVAILABLE = (14, 503)
    DATA_LOSS = (15, 500)
    UNAUTHENTICATED = (16, 401)

    @property
    def number(self):
        """int, as gRPC and TensorFlow number it."""
        return self.value[0]

    @property
    def http(self):
        """int, the HTTP status that stands for it."""
        return self.value[1]


_BY_NUMBER = {code.number: code for code in Code}


class ServingError(Exception):
    """A refused or failed request, or a failed load.

    Args:
        code: `Code`, never `OK`.
        message: str, for the client: what was expected and what came.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def from_exception(error):
    """Gives any exception its place in the table.

    Args:
        error: an exception; TensorFlow's carry `error_code` and `message`.

    Returns:
        `ServingError`: the error itself if it is one, TensorFlow's code for
        TensorFlow's errors, `INVALID_ARGUMENT` for one of TensorFlow's that quotes
        bytes of the input, `INTERNAL` for everything else.
    """
    if isinstance(error, ServingError):
        return error
    if isinstance(error, UnicodeDecodeError):
        # TensorFlow's message quotes the input's bytes, and they are no text.
        text = error.object.decode("utf-8", "replace")
        return ServingError(Code.INVALID_ARGUMENT, text)
    code = _BY_NUMBER.get(getattr(error, "error_code", None))
    if code is not None and code is not Code.OK:
        return ServingError(code, error.message or code.name)
    return ServingError(Code.INTERNAL, f"{type(error).__name__}: {error}")
