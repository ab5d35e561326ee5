"""Runs requests that arrive together as one batch."""

import threading
import time

import numpy as np

from serving.inference import batch_rows
from serving.inference.limits import UNBOUNDED
from serving.status import Code, ServingError, from_exception

# Errors that may be one request's own fault: the others of its batch run again.
_MAY_BE_ONE_S_FAULT = (
    Code.INVALID_ARGUMENT,
    Code.OUT_OF_RANGE,
    Code.FAILED_PRECONDITION,
    Code.DATA_LOSS,
)


class BatchingServable:
    """A servable whose runs share the work, with the same answers.

    Requests are put together when they feed and fetch the same tensors, with the
    same shapes but for the first dimension. The first of a batch runs it for all,
    as soon as it is full, or has waited long enough and a turn is free. What cannot
    be batched (a scalar input, inputs of unequal first dimension, outputs without
    one row for each example) runs alone and as a whole; of the rest, a request larger
    than a batch runs in parts.

    Args:
        servable: what to run.
        batching: `Batching`.
    """

    def __init__(self, servable, batching):
        self._servable = servable
        self._batching = batching
        self._open = {}
        self._alone = set()
        self._fixed = batch_rows.fixed_outputs(servable.signatures)
        self._waiting = 0
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(batching.num_batch_threads)
        self.signatures = servable.signatures
        self.strict = servable.strict

    limits = UNBOUNDED

    def run(self, feeds, fetches, timeout=None, has_gone=None, apart=False):
        """Runs the graph, possibly together with others; as `Servable.run`."""
        if apart:
            return self._servable.run(feeds, fetches, timeout, apart=True)
        sizes = {array.shape[0] if array.ndim else None for array in feeds.values()}
        size = sizes.pop() if len(sizes) == 1 else None
        fetches = tuple(sorted(set(fetches)))
        key = (
            fetches,
            tuple((k, v.dtype, v.shape[1:]) for k, v in sorted(feeds.items())),
        )
        if not size or key in self._alone or not self._fixed.isdisjoint(fetches):
            return self._servable.run(feeds, fetches, timeout)
        if size > self._batching.max_batch_size:
            return self._in_parts(key, feeds, fetches, timeout, size)
        task = _Task(feeds, size, timeout)
        batch, leads = self._join(key, task)
        if leads:
            self._lead(key, batch, fetches)
        task.done.wait()
        if task.error is not None:
            raise task.error
        return task.values

    def close(self):
        """Frees the servable. Not while a request runs."""
        self._servable.close()

    def _in_parts(self, key, feeds, fetches, timeout, size):
        deadline = None if timeout is None else time.monotonic() + timeout
        largest = self._batching.max_batch_size
        parts = []
        for start in range(0, size, largest):
            part = {name: v[start : start + largest] for name, v in feeds.items()}
            values = self.run(part, fetches, _left(deadline))
            if not batch_rows.has_rows(values, min(largest, size - start)):
                break
            parts.append(values)
        else:
            joined = batch_rows.join(parts)
            if joined is not None:
                return joined
        self._alone.add(key)
        return self._servable.run(feeds, fetches, _left(deadline))

    def _join(self, key, task):
        """tuple of batch and bool, whether the task is the one to run it."""
        with self._lock:
            batch = self._open.get(key)
            if batch and batch.size + task.size <= self._batching.max_batch_size:
                batch.add(task)
                if batch.size == self._batching.max_batch_size:
                    batch.full.set()
                    del self._open[key]
                return batch, False
            if self._waiting >= self._batching.max_enqueued_batches:
                raise ServingError(
                    Code.UNAVAILABLE,
                    "the batching queue is full: "
                    f"{self._waiting} batches wait; try again later",
                )
            if batch:
                batch.full.set()
            batch = self._open[key] = _Batch()
            batch.add(task)
            self._waiting += 1
            return batch, True

    def _lead(self, key, batch, fetches):
        batch.full.wait(self._batching.batch_timeout)
        with self._turns:
            with self._lock:
                self._waiting -= 1
                if self._open.get(key) is batch:
                    del self._open[key]
            try:
                self._run(key, batch.unexpired(), fetches)
            except Exception as error:  # or the others would wait for ever
                for task in batch.tasks:
                    task.end(error=from_exception(error))

    def _run(self, key, tasks, fetches):
        if not tasks:
            return
        if len(tasks) == 1 and not self._batching.allowed_batch_sizes:
            values = tasks[0].run_alone(self._servable, fetches)
            if values is not None and not batch_rows.has_rows(values, tasks[0].size):
                self._alone.add(key)
            return
        size = sum(task.size for task in tasks)
        feeds = self._together(tasks, size)
        try:
            values = self._servable.run(feeds, fetches, _longest(tasks))
        except Exception as error:
            found = from_exception(error)
            if len(tasks) == 1 or found.code not in _MAY_BE_ONE_S_FAULT:
                for task in tasks:
                    task.end(error=found)
                return
            values = None
        rows = len(next(iter(feeds.values())))
        if values is not None and not batch_rows.has_rows(values, rows):
            self._alone.add(key)
            values = None
        if values is None:
            for task in tasks:
                task.run_alone(self._servable, fetches)
            return
        start = 0
        for task in tasks:
            end = start + task.size
            task.end({name: value[start:end] for name, value in values.items()})
            start = end

    def _together(self, tasks, size):
        surplus = self._batching.padded(size) - size
        feeds = {}
        for name in tasks[0].feeds:
            arrays = [task.feeds[name] for task in tasks]
            if surplus:  # what fills it up must be fit to run: the first example
                arrays.append(np.repeat(arrays[0][:1], surplus, axis=0))
            feeds[name] = np.concatenate(arrays) if len(arrays) > 1 else arrays[0]
        return feeds


class _Task:
    """One request in a batch."""

    def __init__(self, feeds, size, timeout):
        self.feeds, self.size = feeds, size
        self.deadline = None if timeout is None else time.monotonic() + timeout
        self.values = self.error = None
        self.done = threading.Event()

    def left(self):
        """Seconds left, or None for no limit."""
        return _left(self.deadline)

    def run_alone(self, servable, fetches):
        """dict of str to array, or None if it failed."""
        try:
            self.end(servable.run(self.feeds, fetches, self.left()))
        except Exception as error:
            self.end(error=error)
        return self.values

    def end(self, values=None, error=None):
        self.values, self.error = values, error
        self.done.set()


class _Batch:
    """Requests that will run together."""

    def __init__(self):
        self.tasks, self.size = [], 0
        self.full = threading.Event()

    def add(self, task):
        self.tasks.append(task)
        self.size += task.size

    def unexpired(self):
        """list of tasks; the others have ended: nobody waits for them."""
        kept = []
        for task in self.tasks:
            left = task.left()
            if left is not None and left <= 0:
                message = "the deadline passed while the request waited for its batch"
                task.end(error=ServingError(Code.DEADLINE_EXCEEDED, message))
            else:
                kept.append(task)
        return kept


def _longest(tasks):
    """The longest time left of all, or None if one has no limit."""
    left = [task.left() for task in tasks]
    return None if None in left else max(left)


def _left(deadline):
    """Seconds until a deadline, or None for none."""
    return None if deadline is None else deadline - time.monotonic()
