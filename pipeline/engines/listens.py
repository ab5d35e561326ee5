"""Whether something listens at an address."""

import socket

_PATIENCE = 10.0


def listens(address):
    """Tries to connect.

    Args:
        address: str, `HOST:PORT`.

    Returns:
        bool.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True
