"""Large pictures are decoded one after the other, apart from everything else."""

import contextlib
import threading

from serving.inference.limits import BYTES_PER_PIXEL, SHARE_OF_MEMORY, free_memory
from serving.status import Code, ServingError

LARGE_PIXELS = 4_000_000
_LOOK_SECONDS = 0.1


class PictureLane:
    """A queue of its own for pictures of more than `LARGE_PIXELS`.

    One alone can take seconds of a core and gigabytes. So they take turns, and never
    hold more than some of the threads that answer requests.

    Args:
        at_a_time: int, decoded at the same time.
        places: int, requests in it, those that wait included.
        most_pixels: int, of one picture, or 0 for what fits the free memory.
    """

    def __init__(self, at_a_time=1, places=4, most_pixels=0):
        self._turns = threading.BoundedSemaphore(at_a_time)
        self._places = threading.BoundedSemaphore(max(places, at_a_time))
        self._most_pixels = most_pixels

    @contextlib.contextmanager
    def place(self):
        """Holds a place in the queue for one request.

        Raises:
            ServingError: `RESOURCE_EXHAUSTED` if all are taken.
        """
        if not self._places.acquire(blocking=False):
            message = "too many requests with large pictures at a time; try again later"
            raise ServingError(Code.RESOURCE_EXHAUSTED, message)
        try:
            yield
        finally:
            self._places.release()

    @contextlib.contextmanager
    def turn(self, waiting):
        """Waits for a turn to decode.

        Args:
            waiting: `Waiting`.

        Raises:
            ServingError: if nobody waits any more.
        """
        while not self._turns.acquire(timeout=_LOOK_SECONDS):
            waiting.left()
        try:
            waiting.left()
            yield
        finally:
            self._turns.release()

    def check(self, pixels, element, count):
        """Refuses a picture that is too large for this machine.

        Args:
            pixels: int, its width times height.
            element: int, its place in the request.
            count: int, the pictures in the request.

        Raises:
            ServingError: `INVALID_ARGUMENT`.
        """
        most, why = self._most_pixels, "the limit set by --max_picture_megapixels"
        if not most:
            free = free_memory()
            if free is None:
                return
            most = int(free * SHARE_OF_MEMORY / BYTES_PER_PIXEL)
            why = (
                f"what {SHARE_OF_MEMORY:.3g} of the free memory decodes (see "
                "--max_picture_megapixels)"
            )
        if pixels > most:
            raise ServingError(
                Code.INVALID_ARGUMENT,
                f"element {element} of {count}, counted from 0: a picture of "
                f"{pixels / 1e6:.1f} million pixels; at most {most / 1e6:.1f} are "
                f"decoded here, {why}",
            )
