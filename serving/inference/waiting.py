"""Whether somebody still waits for an answer."""

import time

from serving.status import Code, ServingError


class Waiting:
    """A deadline, and the question whether the client has gone.

    Args:
        seconds: float from now on, or None for no deadline.
        has_gone: function, true once nobody waits any more; or None.
    """

    def __init__(self, seconds=None, has_gone=None):
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._has_gone = has_gone or (lambda: False)

    def left(self):
        """Says how long there is still time.

        Returns:
            float, seconds, or None for no limit.

        Raises:
            ServingError: `DEADLINE_EXCEEDED` or `CANCELLED` if nobody waits.
        """
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                message = "the deadline passed while the request ran"
                raise ServingError(Code.DEADLINE_EXCEEDED, message)
        else:
            left = None
        if self._has_gone():
            raise ServingError(Code.CANCELLED, "the client has gone")
        return left
