"""The answers of the REST door, as Starlette's responses."""

import json

from google.protobuf import json_format
from starlette.responses import HTMLResponse, Response

_NOT_FOUND_PAGE = "<html><body><h1>404 Not Found</h1></body></html>"


def content(body):
    """Response of bytes that are JSON already."""
    return Response(body, media_type="application/json")


def document(value, status=200):
    """Response of a value as JSON.

    Args:
        value: whatever `json` writes.
        status: int.
    """
    text = json.dumps(value, indent=1)
    return Response(text, status, media_type="application/json")


def error(message, status):
    """Response that tells what went wrong: `{"error": message}`."""
    return document({"error": message}, status)


def not_found():
    """Response for a path outside the interface: a page, as in TF Serving."""
    return HTMLResponse(_NOT_FOUND_PAGE, 404)


def message(proto):
    """dict of a protobuf message: original field names, empty fields too."""
    return json_format.MessageToDict(
        proto,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )
