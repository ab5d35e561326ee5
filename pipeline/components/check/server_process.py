"""The local server as a child process, for as long as it is tried."""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from pipeline.component import SOURCES
from pipeline.pipeline_error import PipelineError

_LAUNCH = "pipeline.components.check.launch"
_LINES = 30
_SECONDS_TO_STOP = 20


class ServerProcess:
    """`novnorm-serve` on free ports of the loopback, while in `with`.

    Args:
        name: str, the model's name in requests.
        saved_model: str, folder of a SavedModel on this machine.
        patience: float, seconds until the ports must answer.

    Raises:
        PipelineError: (on entering) the server ended, or is not ready in time; the text
            has the end of its log.
    """

    def __init__(self, name, saved_model, patience):
        self._name = name
        self._saved_model = saved_model
        self._patience = patience

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="novnorm-check-")
        folder = pathlib.Path(self._folder.name)
        # Servers look for versions in a folder of them.
        base = folder / "models" / self._name
        base.mkdir(parents=True)
        (base / "1").symlink_to(os.path.abspath(self._saved_model))
        self._ports_file = folder / "ports.json"
        self._log_file = folder / "log"
        self._started = time.monotonic()
        command = [
            *(sys.executable, "-m", _LAUNCH, "--host=127.0.0.1"),
            *("--model_name", self._name, "--model_base_path", str(base)),
            *("--port=-1", "--rest_api_port=-1"),
            *("--port_file", str(self._ports_file)),
        ]
        with open(self._log_file, "wb") as log:
            self._process = subprocess.Popen(
                command,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.wait_until(self._ports_file.exists)
            ports = json.loads(self._ports_file.read_text(encoding="utf-8"))
            self.target = f"127.0.0.1:{ports['grpc']}"
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_SECONDS_TO_STOP)
        finally:
            # Whatever came up meanwhile, a second Ctrl-C too: it must be gone.
            self._process.kill()
            self._process.wait()
            self.last_log = self.log()
            self._folder.cleanup()

    @property
    def pid(self):
        """int, the process."""
        return self._process.pid

    def wait_until(self, condition):
        """Waits for something of the server, for `patience` since its start.

        Args:
            condition: function without arguments.

        Raises:
            PipelineError: the server ended, or time is up.
        """
        while not condition():
            self.check_alive()
            if time.monotonic() - self._started > self._patience:
                raise PipelineError(
                    f"The server is not ready after {self._patience:g} s. "
                    f"{self._end_of_log()}"
                )
            time.sleep(0.05)

    def seconds(self):
        """Returns float, seconds since the start."""
        return time.monotonic() - self._started

    def check_alive(self):
        """Raises `PipelineError` with the end of the log where the server ended."""
        code = self._process.poll()
        if code is not None:
            raise PipelineError(
                f"The server ended with status {code}. {self._end_of_log()}"
            )

    def log(self):
        """Returns str, what the server has logged so far."""
        return self._log_file.read_text(encoding="utf-8", errors="replace")

    def peak_memory(self):
        """Returns int, the most bytes of memory the server has used, or `None`."""
        try:
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
            return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
        except (OSError, AttributeError):
            return None  # Not on Linux.

    def _end_of_log(self):
        return "Its log ends:\n" + "\n".join(self.log().splitlines()[-_LINES:])


def _environment():
    # The server is beside the pipeline, wherever the run was started.
    places = [str(SOURCES), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, places)),
        "NOVNORM_CHECK_PARENT": str(os.getpid()),
        # The trainer may hold the whole memory of a GPU.
        "CUDA_VISIBLE_DEVICES": "-1",
    }
