"""A served detector: what a client of the whole product meets."""

import pytest

from keras_novnorm.export import export_saved_model
from serving.local_server import LocalServer
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def server(trained, tmp_path_factory):
    """The detector's export behind the real server."""
    base_path = tmp_path_factory.mktemp("models") / "eights"
    export_saved_model(trained, base_path)
    with LocalServer("eights", base_path, patience=PATIENCE) as server:
        yield server
