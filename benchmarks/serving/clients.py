"""Clients in processes of their own, so that it is not their lock that is measured.

They send bytes that were made in advance, and time the answers. Only this machine is
ever spoken to.
"""

import collections
import dataclasses
import http.client
import itertools
import multiprocessing
import threading
import time

import grpc
import numpy as np

_MOST_PROCESSES = 8
_WARM_UP = 3
_PATIENCE = 60.0
_LOOPBACK = "127.0.0.1:"


@dataclasses.dataclass(frozen=True)
class Job:
    """What each client does; the clients run until one of the limits.

    Attributes:
        address: str, `127.0.0.1:PORT`.
        path: str, the gRPC method, or the URL's path.
        requests: list of bytes, sent in turn.
        seconds: float, the longest time.
        most: int, requests of each client.
        rest: bool, HTTP in the place of gRPC.
        check: function of (request, answer), both bytes, to None or what is
            wrong; from a module, as it travels to other processes.
        until_stop: bool, go on after `most` until `Clients.stop` is set.
    """

    address: str
    path: str
    requests: list
    seconds: float
    most: int
    rest: bool = False
    check: object = None
    until_stop: bool = False


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of all clients' requests.

    Attributes:
        latencies: float array, seconds of each request that was answered.
        seconds: float, from the first request to the last answer.
        errors: `collections.Counter` of what went wrong.
    """

    latencies: np.ndarray
    seconds: float
    errors: collections.Counter

    @property
    def rate(self):
        """float, answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def milliseconds(self, percentile):
        """float, the latency that this percentage of requests stays below."""
        if not len(self.latencies):
            return float("nan")
        return float(np.percentile(self.latencies, percentile) * 1e3)


class Clients:
    """Processes that send, while in `with`; beyond eight clients they have threads.

    Attributes:
        stop: event that ends jobs with `until_stop`.

    Args:
        count: int, clients.
    """

    def __init__(self, count):
        self._context = multiprocessing.get_context("spawn")
        self.stop = self._context.Event()
        processes = min(count, _MOST_PROCESSES)
        sizes = [len(part) for part in np.array_split(np.arange(count), processes)]
        self._sizes = sizes

    def __enter__(self):
        self._pipes, self._processes = [], []
        for size in self._sizes:
            pipe, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_serve_jobs, args=(theirs, size, self.stop), daemon=True
            )
            process.start()
            theirs.close()
            self._pipes.append(pipe)
            self._processes.append(process)
        return self

    def __exit__(self, *_):
        self.stop.set()
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()

    def run(self, job):
        """Runs a job on all clients at the same time.

        Args:
            job: `Job`.

        Returns:
            `Outcome`.

        Raises:
            ValueError: the address is not on this machine.
            RuntimeError: a client's process ended.
        """
        self.start(job)
        return self.wait(job)

    def start(self, job):
        """Starts a job; `wait` gives what became of it."""
        if not job.address.startswith(_LOOPBACK):
            raise ValueError(
                f"load goes to this machine alone ({_LOOPBACK}PORT), got {job.address}"
            )
        self.stop.clear()
        for pipe in self._pipes:
            pipe.send(job)
        for pipe in self._pipes:
            self._receive(pipe, _PATIENCE)  # warm
        for pipe in self._pipes:
            pipe.send("go")

    def wait(self, job):
        """Waits for a job that was started; returns its `Outcome`."""
        parts = [self._receive(pipe, job.seconds + _PATIENCE) for pipe in self._pipes]
        latencies = np.concatenate([part[0] for part in parts])
        begin = min(part[1] for part in parts)
        end = max(part[2] for part in parts)
        errors = sum((part[3] for part in parts), collections.Counter())
        return Outcome(latencies, end - begin, errors)

    def _receive(self, pipe, patience):
        try:
            if pipe.poll(patience):
                return pipe.recv()
        except EOFError:
            raise RuntimeError("a client's process ended") from None
        raise RuntimeError(f"a client did not answer within {patience:g} s")


def _serve_jobs(pipe, threads, stop):
    """The life of a client's process."""
    while True:
        try:
            job = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        callers = [(_Http if job.rest else _Grpc)(job) for _ in range(threads)]
        for caller in callers:
            caller.warm_up()
        pipe.send("warm")
        pipe.recv()
        results = [None] * threads

        def send(index, job=job, callers=callers, results=results):
            results[index] = _send(job, callers[index], stop, index)

        workers = [threading.Thread(target=send, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for caller in callers:
            caller.close()
        pipe.send(
            (
                np.concatenate([result[0] for result in results]),
                min(result[1] for result in results),
                max(result[2] for result in results),
                sum((result[3] for result in results), collections.Counter()),
            )
        )


def _send(job, caller, stop, index):
    latencies, errors = [], collections.Counter()
    begin = time.monotonic()
    deadline = begin + job.seconds
    # Not all clients begin with the same picture.
    requests = itertools.cycle(job.requests[index:] + job.requests[:index])
    for number in itertools.count():
        if number >= job.most and not (job.until_stop and not stop.is_set()):
            break
        request = next(requests)
        start = time.monotonic()
        if start > deadline:
            break
        wrong, answer = caller(request)
        if wrong is None:
            latencies.append(time.monotonic() - start)
            wrong = job.check(request, answer) if job.check else None
        if wrong is not None:
            errors[wrong] += 1
    return np.array(latencies), begin, time.monotonic(), errors


class _Grpc:
    """One gRPC connection that carries bytes as they are."""

    def __init__(self, job):
        self._job = job
        options = [
            # Or all clients of a process would share one connection.
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_http_proxy", 0),
            ("grpc.max_receive_message_length", -1),
        ]
        self._channel = grpc.insecure_channel(job.address, options)
        self._method = self._channel.unary_unary(job.path)

    def __call__(self, request):
        try:
            return None, self._method(request, timeout=_PATIENCE)
        except grpc.RpcError as error:
            return f"{error.code().name}: {(error.details() or '')[:200]}", None

    def warm_up(self):
        for request in (self._job.requests * _WARM_UP)[:_WARM_UP]:
            self(request)

    def close(self):
        self._channel.close()


class _Http:
    """One kept HTTP connection."""

    def __init__(self, job):
        self._job = job
        self._connection = http.client.HTTPConnection(job.address, timeout=_PATIENCE)

    def __call__(self, request):
        try:
            self._connection.request("POST", self._job.path, request)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return f"{type(error).__name__}: {error}", None
        if response.status != 200:
            return f"HTTP {response.status}: {body[:200]!r}", None
        return None, body

    warm_up = _Grpc.warm_up

    def close(self):
        self._connection.close()
