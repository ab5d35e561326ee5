"""Options and servers of the suite.

    pytest tests/serving/conformance --server tensorflow_model_server
    pytest tests/serving/conformance --target HOST:PORT --rest HOST:PORT --models DIR

The first starts another executable with each case's flags. The second speaks to a
server that runs already, on the models that `python -m
tests.serving.conformance.models DIR` wrote, and skips the cases that need flags.
"""

import pytest

from tests.serving.conformance import models
from tests.serving.conformance.server import OWN_COMMAND, Address, Server


def pytest_addoption(parser):
    group = parser.getgroup("conformance")
    group.addoption("--server", help="executable to test, and words before its flags")
    group.addoption("--target", help="gRPC HOST:PORT of a server that runs already")
    group.addoption("--rest", help="REST HOST:PORT of the same server")
    group.addoption("--models", help="folder of its models")


@pytest.fixture(scope="session")
def folder(request, tmp_path_factory):
    """str, the folder of the models that the suite's server serves."""
    given = request.config.getoption("--models", None)
    if given:
        return given
    folder = str(tmp_path_factory.mktemp("conformance"))
    models.write(folder)
    return folder


@pytest.fixture(scope="session")
def start(request, tmp_path_factory):
    """Function of flags that starts a server and waits until it answers."""
    if request.config.getoption("--target", None):
        pytest.skip("needs a server with flags of its own: use --server")
    command = request.config.getoption("--server", None) or OWN_COMMAND
    output = str(tmp_path_factory.mktemp("output"))

    def start(*flags, wait=True, **options):
        server = Server(command, output, *flags, **options)
        return server.wait() if wait else server

    return start


@pytest.fixture(scope="session")
def server(request, folder, tmp_path_factory):
    """The server that all cases share which need no flags of their own."""
    target = request.config.getoption("--target", None)
    if target:
        address = Address(target, request.config.getoption("--rest"))
        yield address
        address.close()
        return
    monitoring = tmp_path_factory.mktemp("monitoring") / "monitoring.config"
    monitoring.write_text("prometheus_config { enable: true }")
    start = request.getfixturevalue("start")
    with start(
        f"--model_config_file={folder}/models.config",
        f"--monitoring_config_file={monitoring}",
        "--rest_api_timeout_in_ms=5000",
    ) as server:
        yield server
