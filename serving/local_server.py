"""A server as a child process, for demos, benchmarks and checks of an export."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from serving.client import ScoringClient, ScoringError

_MODULE = "serving.main"
_SOURCES = pathlib.Path(__file__).parents[1]
_LINES = 30


class LocalServerError(RuntimeError):
    """The server does not start, cannot load its model, or has ended."""


class LocalServer:
    """`novnorm-serve` on free ports of this machine, while in `with`.

    It ends with this process, however that ends.

    Args:
        model_name: str, the model's name in requests.
        base_path: str or path, the folder of its version folders.
        flags: list of str, further flags of the command.
        patience: float, seconds until a version must be served.
        environment: dict of str, what its environment has beside this one's.

    Attributes:
        target: str, `HOST:PORT` of the gRPC port.
        rest: str, address of the REST port.
        startup_seconds: float, until a version was served.

    Raises:
        LocalServerError: (on entering) it does not start or cannot load the model, or
            not in time; the text has the end of its log.

    Example:

        with LocalServer("mnist8", "runs/mnist8/serving/mnist8") as server:
            with ScoringClient(server.target, "mnist8") as client:
                rows = client.score_files(["picture.png"])
    """

    def __init__(
        self, model_name, base_path, flags=(), patience=300.0, environment=None
    ):
        self._model_name = model_name
        self._base_path = base_path
        self._flags = list(flags)
        self._patience = patience
        self._environment = dict(environment or {})
        self._last_log = ""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="novnorm-serve-")
        self._log_path = pathlib.Path(self._folder.name, "log")
        ports = pathlib.Path(self._folder.name, "ports.json")
        command = [
            *(sys.executable, "-m", _MODULE),
            *("--model_name", self._model_name),
            *("--model_base_path", os.fspath(self._base_path)),
            *("--port=-1", "--rest_api_port=-1", "--port_file", str(ports)),
            *self._flags,
        ]
        # It is beside this package, wherever this process was started.
        places = [str(_SOURCES), os.environ.get("PYTHONPATH", "")]
        path = os.pathsep.join(filter(None, places))
        started = time.monotonic()
        with open(self._log_path, "wb") as log:
            self._process = subprocess.Popen(
                command,
                env={
                    **os.environ,
                    "PYTHONPATH": path,
                    "NOVNORM_SERVE_FOLLOWS": "1",
                    **self._environment,
                },
                # Never written to: it closes when this process ends, even if killed.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait(ports, started + self._patience)
        except BaseException:
            self.__exit__()
            raise
        self.startup_seconds = time.monotonic() - started
        return self

    def __exit__(self, *_):
        try:
            self._process.terminate()
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Whatever came up meanwhile, a second Ctrl-C too: it must be gone.
            self.kill()
            self._process.stdin.close()
            self._last_log = self.log()
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
        """Returns what the server has logged so far, a string; all, once it ended."""
        if not self._log_path.exists():
            return self._last_log
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    def peak_memory(self):
        """Returns int, the most bytes of memory it has used, or `None`: unknown."""
        try:
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
            return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
        except (OSError, AttributeError):
            return None  # Not on Linux.

    def check_alive(self):
        """Raises `LocalServerError` with the end of the log where it has ended."""
        code = self._process.poll()
        if code is not None:
            raise LocalServerError(
                f"The server of {self._base_path} ended with status {code}. "
                f"{self._end_of_log()}"
            )

    def _wait(self, ports, deadline):
        self._wait_until(ports.exists, deadline)
        numbers = json.loads(ports.read_text(encoding="utf-8"))
        self.target = f"127.0.0.1:{numbers['grpc']}"
        self.rest = f"http://127.0.0.1:{numbers['rest']}"
        with ScoringClient(self.target, self._model_name) as client:
            self._wait_until(lambda: _serves(client), deadline)

    def _wait_until(self, condition, deadline):
        while not condition():
            self.check_alive()
            if time.monotonic() > deadline:
                raise LocalServerError(
                    f"The server of {self._base_path} is not ready after "
                    f"{self._patience:g} s. {self._end_of_log()}"
                )
            time.sleep(0.05)

    def _end_of_log(self):
        return "Its log ends:\n" + "\n".join(self.log().splitlines()[-_LINES:])


def _serves(client):
    try:
        versions = client.status()
    except ScoringError:
        return False
    for version in versions:
        if version["state"] == "END":
            reason = version["error"] or "no reason given"
            raise LocalServerError(f"The server cannot load the export: {reason}")
    return any(version["state"] == "AVAILABLE" for version in versions)
