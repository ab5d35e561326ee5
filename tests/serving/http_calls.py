"""Plain HTTP requests to a door of this process."""

import contextlib
import http.client
import json

from tests.waiting import PATIENCE


def call(server, verb, path, body=None, headers=None, context=None):
    """tuple of status, lower-case headers and bytes of an answer."""
    if context is None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", server.port, timeout=PATIENCE
        )
    else:
        connection = http.client.HTTPSConnection(
            "localhost", server.port, timeout=PATIENCE, context=context
        )
    with contextlib.closing(connection):
        if isinstance(body, dict):
            body = json.dumps(body)
        connection.request(verb, path, body, headers or {})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return response.status, named, response.read()


def predict(server, body, path="/v1/models/m:predict", **headers):
    """tuple of status and document; headers are named with `_` for `-`."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    status, _, content = call(server, "POST", path, body, headers)
    return status, json.loads(content)
