"""Runs long requests in parts, within what one request may ask."""

import contextlib
import time

import numpy as np

from serving.inference import batch_rows, faulty_element, picture_size
from serving.inference.limits import Limits
from serving.inference.parts import independent_rows, next_part
from serving.inference.picture_lane import LARGE_PIXELS, PictureLane
from serving.inference.run_costs import RunCosts
from serving.inference.waiting import Waiting
from serving.status import Code, ServingError

# On a busy machine runs look dearer than they are: what would take so many times the
# limit is refused at once, and the rest when its time is over.
_FORETOLD = 4


class BoundedServable:
    """A servable no request can hold for longer than somebody waits.

    TensorFlow ends a run at its deadline only between some of the ops, and at a
    cancellation never. So examples are run in parts of a fraction of a second, by
    what runs have cost so far, and between them deadline and client are looked at.
    A signature whose examples depend on each other, which is tried out before its
    first request in parts, runs as a whole.

    Args:
        servable: what to run.
        limits: `Limits`.
        lane: `PictureLane`, or None for one of its own.
        costs: `RunCosts`, or None to begin without any.
    """

    def __init__(self, servable, limits=None, lane=None, costs=None):
        self._servable = servable
        self._lane = lane or PictureLane()
        self._fixed = batch_rows.fixed_outputs(servable.signatures)
        self._independent = {}
        self.card = {}
        self.limits = limits or Limits()
        self.costs = costs or RunCosts()
        self.signatures = servable.signatures
        self.strict = servable.strict

    def run(self, feeds, fetches, timeout=None, has_gone=None):
        """Runs the graph, in parts where that takes long; as `Servable.run`.

        Args:
            feeds: dict of str to array, tensor names to values.
            fetches: sequence of str, tensor names.
            timeout: float, seconds after which the run is given up, or None.
            has_gone: function, true once nobody waits any more; or None.

        Returns:
            dict of str to array, by tensor name.

        Raises:
            ServingError: `INVALID_ARGUMENT` if it would take longer than a request
                may, or for a picture that is too large, with its place among the
                others; `CANCELLED`; or whatever the servable raises.
        """
        waiting = Waiting(timeout, has_gone)
        fetches = tuple(sorted(set(fetches)))
        sizes = {array.shape[0] if array.ndim else None for array in feeds.values()}
        size = sizes.pop() if len(sizes) == 1 else None
        if not size:
            return self._servable.run(feeds, fetches, waiting.left())
        request = _Request(self, feeds, fetches, size, waiting)
        with request.place(self._lane):
            return self._answer(request)

    def close(self):
        """Frees the servable. Not while a request runs."""
        self._servable.close()

    def _answer(self, request):
        self._check_seconds(request, request.size, request.pixels.sum())
        end = next_part(request.cost, request.pixels, request.row_bytes, 0)
        if end == request.size or not self._can_be_split(request):
            return request.run(0, request.size)
        parts, start = [], 0
        while start < request.size:
            end = next_part(request.cost, request.pixels, request.row_bytes, start)
            parts.append(request.run(start, end))
            if not batch_rows.has_rows(parts[-1], end - start):
                return request.run(0, request.size)
            left = request.size - end
            self._check_seconds(request, left, request.pixels[end:].sum())
            if left:
                self._check_time(request, end)
            start = end
        # Rows padded to the longest of a run cannot be put together.
        return batch_rows.join(parts) or request.run(0, request.size)

    def _can_be_split(self, request):
        if not self._fixed.isdisjoint(request.fetches):
            return False
        known = self._independent.get(request.key)
        if known is None:
            known = independent_rows(request.run, request.feeds, request.pixels)
            if len(self._independent) > 1000:  # shapes are the clients' choice
                self._independent.clear()
            self._independent[request.key] = known
        return known

    def _check_seconds(self, request, rows, pixels):
        most, cost = self.limits.request_seconds, request.cost
        if not most or not cost.is_known:
            return
        seconds = cost.seconds(rows, int(pixels))
        if seconds > most * _FORETOLD:
            raise ServingError(
                Code.INVALID_ARGUMENT,
                f"{rows} examples would take this model about {seconds:.0f} s, by what "
                f"its runs have taken so far; a request may take {most:g} s "
                f"(--max_request_seconds), which is enough for about "
                f"{int(rows * most / seconds)}. Send several requests.",
            )

    def _check_time(self, request, done):
        most = self.limits.request_seconds
        if most and time.monotonic() - request.begin > most:
            raise ServingError(
                Code.INVALID_ARGUMENT,
                f"the request has run for {most:g} s, as long as one may "
                f"(--max_request_seconds), with {done} of {request.size} examples "
                "done. Send several requests.",
            )


class _Request:
    """One request on its way through the parts."""

    def __init__(self, servable, feeds, fetches, size, waiting):
        self._servable = servable._servable
        self._lane = servable._lane
        self.feeds, self.fetches, self.size = feeds, fetches, size
        self._waiting = waiting
        self.begin = time.monotonic()
        self.key = (
            fetches,
            tuple((k, v.dtype.str, v.shape[1:]) for k, v in sorted(feeds.items())),
        )
        self.cost = servable.costs.of(self.key)
        self._has_files = any(array.dtype == object for array in feeds.values())
        self.pixels = self._count_pixels()
        self.row_bytes = sum(array.nbytes for array in feeds.values()) // size

    def place(self, lane):
        """Context manager: a place in the lane, if it is for this request."""
        if not self._has_files or self.pixels.max() <= LARGE_PIXELS:
            return contextlib.nullcontext()
        element = int(self.pixels.argmax())
        lane.check(int(self.pixels[element]), element, self.size)
        return lane.place()

    def run(self, start, end, indices=None):
        """Runs some rows, and names the one that fails."""
        try:
            return self._run(start, end, indices)
        except Exception as error:
            if not self._has_files or indices is not None:
                raise
            element, found = faulty_element.find(
                lambda low, high: self._run(start + low, start + high),
                end - start,
                error,
            )
            if element is None or self.size == 1:
                raise found from error
            raise faulty_element.named(start + element, self.size, found) from error

    def _run(self, start, end, indices=None):
        rows = slice(start, end) if indices is None else np.asarray(indices)
        feeds = {name: array[rows] for name, array in self.feeds.items()}
        pixels = int(self.pixels[rows].sum())
        count = end - start if indices is None else len(indices)
        turn, how = contextlib.nullcontext(), {}
        if self._has_files and self.pixels[rows].max() > LARGE_PIXELS:
            turn, how = self._lane.turn(self._waiting), {"apart": True}
        with turn:
            left = self._waiting.left()
            begin = time.perf_counter()
            values = self._servable.run(feeds, self.fetches, left, **how)
            self.cost.learn(count, pixels, time.perf_counter() - begin)
        return values

    def _count_pixels(self):
        pixels = np.zeros(self.size, np.int64)
        for array in self.feeds.values():
            if array.dtype == object and array.ndim == 1:
                pixels += [picture_size.pixels(content) for content in array]
        return pixels
