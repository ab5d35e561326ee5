"""Web pages elsewhere, and requests of doubtful length, through a real port."""

import contextlib
import json
import socket

import pytest

from serving.rest.callers import Callers
from tests.serving.http_calls import call
from tests.serving.rest.test_server import door

BODY = '{"instances": [[2.0]]}'
PREDICT = "/v1/models/m:predict"


@pytest.fixture(scope="module")
def loopback():
    with door(hosts=["station"]) as server:
        yield server


def status(server, verb="POST", path=PREDICT, body=BODY, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return call(server, verb, path, body if verb == "POST" else None, headers)[0]


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8501", "127.0.0.1", "[::1]:80", "station", "a.localhost"],
)
def test_names_of_this_machine(loopback, host):
    assert status(loopback, Host=host) == 200
    assert status(loopback, "GET", "/healthz", Host=host) == 200


@pytest.mark.parametrize("path", [PREDICT, "/healthz", "/models", "/ui/", "/metrics"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8501", "127.0.0.1.evil", "["]
)
def test_a_name_pointed_at_this_machine_is_refused(loopback, host, path):
    verb = "POST" if path == PREDICT else "GET"
    assert status(loopback, verb, path, Host=host) == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://localhost", "http://localhost:1"]
)
def test_pages_of_other_sites_are_refused(loopback, origin):
    host = f"localhost:{loopback.port}"
    headers = {"Host": host, "Origin": origin, "Content-Type": "text/plain"}
    code, answered, content = call(loopback, "POST", PREDICT, BODY, headers)
    assert (code, answered["connection"]) == (403, "close")
    assert "may not send requests here" in json.loads(content)["error"]


def test_the_own_page_and_allowed_ones_are_answered(loopback):
    host = f"localhost:{loopback.port}"
    assert status(loopback, Host=host, Origin=f"http://{host}") == 200
    assert status(loopback, Host="localhost", Origin="https://station") == 200
    with door(cors=True) as server:
        assert status(server, Origin="http://elsewhere.example") == 200
    with door(stock=True) as server:
        assert status(server, Host="any.example", Origin="http://b.example") == 200
    with door() as server:  # of another address than loopback
        assert status(server, Host="any.example") == 200
        assert status(server, Host="any.example", Origin="http://any.example") == 200
        assert status(server, Host="any.example", Origin="http://b.example") == 403


def test_default_ports_are_as_none():
    callers = Callers()
    headers = {"host": "station:80", "origin": "http://station"}
    assert callers.refusal("POST", headers) is None
    assert callers.refusal("POST", headers | {"origin": "https://station"})
    assert callers.refusal("POST", headers | {"origin": "http://station:x"})


@pytest.mark.parametrize("stock", [False, True])
@pytest.mark.parametrize("path", [PREDICT, "/healthz"])
@pytest.mark.parametrize("order", [1, -1])
def test_two_lengths_are_refused_and_nothing_behind_is_read(stock, path, order):
    lengths = [f"Content-Length: {len(BODY)}", "Transfer-Encoding: chunked"][::order]
    chunk = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"
    smuggled = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    text = "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: localhost", *lengths, "", chunk]
    )
    with (
        door(stock=stock) as server,
        socket.create_connection(("127.0.0.1", server.port), 30) as connection,
    ):
        connection.sendall((text + smuggled).encode())
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(1 << 16):  # until it is closed
                answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
