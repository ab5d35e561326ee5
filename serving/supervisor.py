"""Several server processes on the same ports: `--workers`."""

import json
import logging
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from prometheus_client import multiprocess

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.05
# A worker that dies sooner than this after its start is started again later.
_SHORT_LIFE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 30.0
# Beyond what a worker allows itself: then it is killed.
_SECONDS_TO_DIE = 2.0


class Supervisor:
    """Starts workers, starts dead ones again, and ends them together.

    Python runs one thread at a time, so one process cannot use many cores for what
    is not TensorFlow. The kernel spreads connections over the workers
    (`SO_REUSEPORT`); each loads and swaps versions by itself. A reload that one is
    asked for reaches all, see `SharedConfig`.

    Args:
        flags: parsed flags, `workers` among them.
        words: list of str, the command line to give to each worker.
        stop: `threading.Event`, set when all are to end.
    """

    def __init__(self, flags, words, stop):
        self._flags = flags
        self._words = words
        self._stop = stop
        self._reserved = []

    def run(self, announce):
        """Runs until told to stop.

        Args:
            announce: function of dict, the ports, called when all workers answer.

        Returns:
            int, the exit status: 0, or 1 if a worker could not start at all.

        Raises:
            OSError: a port cannot be had.
        """
        with tempfile.TemporaryDirectory(prefix="novnorm-serve-") as folder:
            folder = pathlib.Path(folder)
            try:
                ports = self._reserve()
                workers = [
                    _Worker(self._command(ports, folder, index), folder, index)
                    for index in range(self._flags.workers)
                ]
                return self._watch(workers, ports, announce)
            finally:
                for reserved in self._reserved:
                    reserved.close()

    def _reserve(self):
        """Binds the ports, so that none is lost between two workers."""
        ports = {}
        for name, wanted in (
            ("grpc", self._flags.port),
            ("rest", self._flags.rest_api_port),
        ):
            if not wanted:
                continue
            host = self._flags.host
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            reserved = socket.socket(family)
            self._reserved.append(reserved)
            if wanted > 0:
                # Another server on this port must not share it unnoticed.
                with socket.socket(family) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((host, wanted))
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            reserved.bind((host, max(wanted, 0)))
            ports[name] = reserved.getsockname()[1]
        return ports

    def _command(self, ports, folder, index):
        command = [
            *(sys.executable, "-m", "serving.main", *self._words),
            *("--workers=1", f"--port={ports.get('grpc', 0)}"),
            f"--rest_api_port={ports.get('rest', 0)}",
            f"--port_file={folder / f'{index}.json'}",
        ]
        if index:
            command.append("--grpc_socket_path=")  # a socket has one owner
        return command

    def _watch(self, workers, ports, announce):
        announced = False
        for worker in workers:
            worker.start()
        while not self._stop.wait(_POLL_SECONDS):
            for worker in workers:
                status = worker.process.poll()
                if status is None:
                    continue
                if not announced:
                    _log.error("worker %d ended with status %d", worker.index, status)
                    self._end(workers)
                    return 1
                worker.restart_when_due(status)
            if not announced and all(worker.answers() for worker in workers):
                announced = True
                announce(ports)
        self._end(workers)
        return 0

    def _end(self, workers):
        for worker in workers:
            if worker.process.poll() is None:
                worker.process.terminate()
        allowed = self._flags.drain_seconds + self._flags.end_seconds
        deadline = time.monotonic() + allowed + _SECONDS_TO_DIE
        for worker in workers:
            try:
                worker.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            worker.process.stdin.close()


class _Worker:
    """One server process."""

    def __init__(self, command, folder, index):
        self.index = index
        self.process = None
        self._command = command
        self._port_file = folder / f"{index}.json"
        self._metrics_folder = folder / "metrics"
        self._shared_config = folder / "shared.config"
        self._pause = 1.0
        self._due = None

    def start(self):
        self._metrics_folder.mkdir(exist_ok=True)
        self._port_file.unlink(missing_ok=True)
        if self.process is not None:
            self.process.stdin.close()
        environment = {
            **os.environ,
            "PROMETHEUS_MULTIPROC_DIR": str(self._metrics_folder),
            "NOVNORM_SERVE_WORKER": str(self.index),
            "NOVNORM_SERVE_CONFIG": str(self._shared_config),
        }
        self.process = subprocess.Popen(
            self._command,
            # Never written to: it closes when this process ends, however that is.
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment,
        )
        self._started = time.monotonic()

    def answers(self):
        """bool, whether its ports answer."""
        try:
            return bool(json.loads(self._port_file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return False

    def restart_when_due(self, status):
        now = time.monotonic()
        if self._due is None:
            lived = now - self._started
            self._pause = (
                min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
                if lived < _SHORT_LIFE_SECONDS
                else 1.0
            )
            self._due = now + self._pause
            # Or its last word on the versions' states would stay.
            multiprocess.mark_process_dead(self.process.pid, str(self._metrics_folder))
            _log.error(
                "worker %d ended with status %d; it is started again in %g s",
                *(self.index, status, self._pause),
            )
        elif now >= self._due:
            self._due = None
            self.start()
