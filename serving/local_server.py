"""A server as a child process, for demos, benchmarks and checks of an export."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from serving.client import ScoringClient, ScoringError


class LocalServer:
    """`novnorm-serve` on free ports of this machine, while in `with`.

    Args:
        model_name: str, the model's name in requests.
        base_path: str or path, the folder of its version folders.
        flags: list of str, further flags of the command.
        patience: float, seconds until a version must be served.

    Example:

        with LocalServer("mnist8", "runs/mnist8/serving/mnist8") as server:
            with ScoringClient(server.target, "mnist8") as client:
                rows = client.score_files(["picture.png"])
    """

    def __init__(self, model_name, base_path, flags=(), patience=300.0):
        self._model_name = model_name
        self._base_path = base_path
        self._flags = list(flags)
        self._patience = patience

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="novnorm-serve-")
        ports = pathlib.Path(self._folder.name, "ports.json")
        command = [
            *(sys.executable, "-m", "serving.main"),
            *("--model_name", self._model_name),
            *("--model_base_path", os.fspath(self._base_path)),
            *("--port=-1", "--rest_api_port=-1", "--port_file", str(ports)),
            *self._flags,
        ]
        with open(self._log_path(), "wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, "NOVNORM_SERVE_FOLLOWS": "1"},
                # Never written to: it closes when this process ends, even if killed.
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            self._wait(ports)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdin.close()
        self._folder.cleanup()

    @property
    def pid(self):
        """int, the process."""
        return self._process.pid

    def is_alive(self):
        """bool, whether the process runs."""
        return self._process.poll() is None

    def kill(self):
        """Ends the process at once, as a crash or a lack of memory would."""
        self._process.kill()
        self._process.wait()

    def log(self):
        """Returns what the server has logged so far, a string."""
        return self._log_path().read_text(encoding="utf-8", errors="replace")

    def _log_path(self):
        return pathlib.Path(self._folder.name, "log")

    def _wait(self, ports):
        deadline = time.monotonic() + self._patience
        while not ports.exists():
            self._check_alive(deadline)
            time.sleep(0.05)
        numbers = json.loads(ports.read_text(encoding="utf-8"))
        self.target = f"127.0.0.1:{numbers['grpc']}"
        self.rest = f"http://127.0.0.1:{numbers['rest']}"
        with ScoringClient(self.target, self._model_name) as client:
            while not _serves(client):
                self._check_alive(deadline)
                time.sleep(0.05)

    def _check_alive(self, deadline):
        code = self._process.poll()
        if code is not None or time.monotonic() > deadline:
            state = "is not ready" if code is None else f"ended with status {code}"
            raise RuntimeError(
                f"The server of {self._base_path} {state} (allowed: "
                f"{self._patience:g} s). Its log:\n{self.log()}"
            )


def _serves(client):
    try:
        return any(version["state"] == "AVAILABLE" for version in client.status())
    except ScoringError:
        return False
