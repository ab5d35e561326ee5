"""A served detector: what a client of the whole product meets."""

import shutil

import pytest

from serving.local_server import LocalServer
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def server(trained_export, tmp_path_factory):
    """The detector's export behind the real server."""
    base_path = tmp_path_factory.mktemp("models") / "eights"
    shutil.copytree(trained_export, base_path / "1")
    with LocalServer("eights", base_path, patience=PATIENCE) as server:
        yield server
