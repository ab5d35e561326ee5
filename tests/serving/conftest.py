"""Exports made once, and the servers that all tests of the wire share."""

import pytest

from tests.serving import exports
from tests.serving.server_process import ServerProcess


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folder with base paths `half_plus_two` (00000123) and `detector` (1)."""
    folder = tmp_path_factory.mktemp("models")
    exports.half_plus(str(folder / "half_plus_two" / "00000123"))
    exports.detector(str(folder / "detector" / "1"))
    return folder


@pytest.fixture(scope="session")
def processes(models, tmp_path_factory):
    """The shared servers by name, started side by side, as starting takes long."""
    started = {}
    try:
        for name in ("half_plus_two", "detector"):
            folder = str(tmp_path_factory.mktemp(name))
            started[name] = ServerProcess(name, models / name, folder)
        yield started
    finally:
        for process in started.values():
            process.terminate()  # all at once: TensorFlow takes long to end, too
        statuses = {name: process.stop() for name, process in started.items()}
    assert statuses == dict.fromkeys(statuses, 0)


@pytest.fixture(scope="session")
def half_plus_two(processes):
    return processes["half_plus_two"].wait()


@pytest.fixture(scope="session")
def detector(processes):
    return processes["detector"].wait()
