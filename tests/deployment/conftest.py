"""Fixtures of the tests of deployment files."""

import contextlib
import socket

import pytest


@pytest.fixture
def unused_ports():
    """Two ports that were free a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(2)
        ]
        ports = [one.getsockname()[1] for one in sockets]
    return ports
