"""What a REST server is told at its start: the port opened for real, no process."""

import base64
import contextlib
import functools
import gzip
import http.client
import json
import socket
import ssl
import time

import pytest

from serving.configuration.tls import Tls
from serving.monitoring.metrics import Metrics
from serving.rest import protocol
from serving.rest.server import RestServer
from serving.status import Code, ServingError
from serving.versions.version_policy import State
from tests.serving.certificates import authority_and_leaf
from tests.serving.fake_core import FakeCore, FakeServable
from tests.serving.http_calls import call, predict
from tests.waiting import PATIENCE

METRICS = "/monitoring/prometheus/metrics"
PREDICT = "/v1/models/m:predict"


@contextlib.contextmanager
def door(core=None, threads=4, timeout=30.0, largest_body=1 << 20, **options):
    """A running `RestServer`, on the loopback address."""
    core = core or FakeCore()
    server = RestServer(core, "127.0.0.1", 0, threads, timeout, largest_body, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop(1)


@pytest.fixture(scope="module")
def own():
    """A server with the defaults, which the tests only ask."""
    with door(metrics=Metrics(), metrics_path=METRICS) as server:
        yield server


@pytest.fixture(scope="module")
def stock():
    with door(metrics=Metrics(True), metrics_path=METRICS, stock=True) as server:
        yield server


def test_answers_name_the_version(own, stock):
    body = {"instances": [[2.0]]}
    status, headers, content = call(own, "POST", PREDICT, body)
    assert (status, json.loads(content)) == (200, {"predictions": [[3.0]]})
    assert headers["x-model-version"] == "2"
    path = "/v1/models/m/versions/1:predict"
    assert call(own, "POST", path, body)[1]["x-model-version"] == "1"
    assert "x-model-version" not in call(stock, "POST", PREDICT, body)[1]


def test_classify(own):
    body = {"signature_name": "classify", "examples": [{"x": 2.0}, {"x": 4.0}]}
    answer = predict(own, body, "/v1/models/m:classify")
    assert answer == (200, {"results": [[["label", 3.0]], [["label", 4.0]]]})


def test_regress_with_context(own):
    body = {
        "signature_name": "regress",
        "context": {"x": 2.0},
        "examples": [{}, {"x": [4.0]}],
    }
    answer = predict(own, body, "/v1/models/m:regress")
    assert answer == (200, {"results": [3.0, 4.0]})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "key 'examples' is expected"),
        ({"examples": 1}, "to be an list/array"),
        ({"examples": []}, "is an empty array"),
        ({"examples": [1]}, "must be JSON object"),
        ({"examples": [{"x": 2.0}], "context": [1]}, "must be JSON object"),
        ({"examples": [{"x": 2.0}]}, "Use predict"),
        ({"examples": [{}], "signature_name": "none"}, "No signature was found"),
        ({"examples": [{}], "signature_name": 1}, "must be a string value"),
    ],
)
def test_faulty_examples(own, body, said):
    for method in ("classify", "regress"):
        status, answer = predict(own, body, f"/v1/models/m:{method}")
        assert (status, said in answer["error"]) == (400, True), answer


def test_file_as_the_body(own):
    status, answer = predict(own, b"\x89PNG n", content_type="image/png")
    row = {"is_novel": True, "p_value": pytest.approx(0.005)}
    assert (status, answer) == (200, {"predictions": [row]})
    octets = {"content_type": "application/octet-stream"}
    status, answer = predict(own, b"\xff\xd8", **octets)
    assert (status, answer["predictions"][0]["is_novel"]) == (200, False)
    status, answer = predict(own, b' {"instances": [[2.0]]}', **octets)
    assert (status, answer) == (200, {"predictions": [[3.0]]})


def test_file_for_another_signature(own):
    name = {"x_signature_name": "anomaly_map_bytes", "content_type": "image/png"}
    assert predict(own, b"n", **name) == (200, {"predictions": [0.0]})
    name["x_signature_name"] = "serving_default"
    status, answer = predict(own, b"n", **name)
    assert status == 400
    assert "anomaly_map_bytes, " in answer["error"]
    assert "X-Signature-Name" in answer["error"]


def test_stock_does_not_look_at_the_content_type(stock):
    body = {"instances": [[2.0]]}
    assert predict(stock, body, content_type="image/png")[0] == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/models", "/ui/", "/metrics"])
def test_stock_has_none_of_our_paths(stock, own, path):
    status, headers, content = call(stock, "GET", path)
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"<html>" in content


def test_list_of_models(own):
    status, headers, content = call(own, "GET", "/models")
    assert (status, headers["content-type"]) == (200, "application/json")
    available = {"version": "2", "state": "AVAILABLE"}
    assert json.loads(content) == {
        "models": [
            {
                "name": "broken",
                "versions": [available, {"version": "1", "state": "END"}],
            },
            {"name": "m", "versions": [available]},
        ]
    }
    assert call(own, "POST", "/models")[0] == 404
    assert call(own, "GET", "/v1/models")[0] == 400


def test_readiness():
    core = FakeCore()
    core.ready = False
    with door(core) as server:
        status, _, content = call(server, "GET", "/readyz")
        assert (status, json.loads(content)) == (503, {"ready": False})
        assert call(server, "GET", "/healthz")[0] == 200
        core.ready = True
        assert call(server, "GET", "/readyz")[0] == 200


def test_what_ends_is_not_ready():
    with door() as server:
        server._app.end()
        assert call(server, "GET", "/readyz")[0] == 503
        assert predict(server, {"instances": [[2.0]]})[0] == 200


def test_metrics_and_their_paths(own):
    predict(own, {"instances": [[2.0]]})
    call(own, "GET", "/v1/models/nowhere")
    call(own, "GET", "/v1/nothing")
    for path in (METRICS, "/metrics", "/metrics?name[]=x"):
        status, headers, content = call(own, "GET", path)
        assert status == 200
        assert headers["content-type"].startswith("text/plain")
        assert b"# TYPE :tensorflow:serving:request_count counter" in content
    assert call(own, "GET", f"{METRICS}?x=1")[0] == 400
    lines = content.decode().splitlines()
    count = ":tensorflow:serving:request_count"
    assert any(
        line.startswith(f'{count}{{model_name="m",status="OK"}}') for line in lines
    )
    unknown = 'model_name="<unknown>"'
    assert any(f'{unknown},status="NOT_FOUND"' in line for line in lines)
    assert any(f'{unknown},status="INVALID_ARGUMENT"' in line for line in lines)
    latency = ":tensorflow:serving:request_latency_count"
    one = f'{latency}{{API="predict",entrypoint="REST",model_name="m"}}'
    assert any(line.startswith(one) for line in lines)


def test_no_metrics():
    with door(metrics=Metrics(), metrics_path=None) as server:
        assert call(server, "GET", METRICS)[0] == 404
        assert call(server, "GET", "/metrics")[0] == 404


def test_verdicts_and_states_are_counted():
    core, metrics = FakeCore(), Metrics()
    with door(core, metrics=metrics, metrics_path="/numbers") as server:
        core.tell("m", 2, State.AVAILABLE)
        pictures = [{"b64": base64.b64encode(b).decode()} for b in (b"n", b"", b"")]
        body = {"signature_name": "serving_bytes", "instances": pictures}
        assert predict(server, body)[0] == 200
        _, _, content = call(server, "GET", "/numbers")
    assert b'novnorm_novel_total{model="m",version="2"} 1.0' in content
    assert b'novnorm_predictions_total{model="m",version="2"} 3.0' in content
    assert b'novnorm_model_version_state{model="m",version="2"} 30.0' in content


def test_cors():
    with door(cors=True) as server:
        for verb, origin in (("OPTIONS", "https://a.example"), ("GET", "x")):
            headers = call(server, verb, "/v1/models/m", None, {"Origin": origin})[1]
            allowed = [n for n in headers if n.startswith("access-control-allow-")]
            assert len(allowed) == 3
            assert headers["access-control-allow-origin"] == "*"
        assert call(server, "OPTIONS", PREDICT, None, {"Origin": "x"})[0] == 400
    with door() as server:
        _, headers, _ = call(server, "GET", "/v1/models/m")
        assert not any(name.startswith("access-control") for name in headers)


def test_page(own, tmp_path, monkeypatch):
    (tmp_path / "index.html").write_text("<!doctype html><title>t</title>")
    (tmp_path / "page.js").write_text("1")
    (tmp_path / "__init__.py").write_text("secret")
    (tmp_path.parent / "out.js").write_text("outside")
    monkeypatch.setattr("serving.rest.page._FOLDER", tmp_path)
    with door() as server:
        status, headers, _ = call(server, "GET", "/ui")
        assert (status, headers["location"]) == (307, "/ui/")
        status, headers, content = call(server, "GET", "/ui/")
        assert (status, b"<title>" in content) == (200, True)
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; img-src 'self' data: blob:;")
        assert headers["x-content-type-options"] == "nosniff"
        status, headers, _ = call(server, "GET", "/ui/page.js")
        assert (status, "javascript" in headers["content-type"]) == (200, True)
        assert call(server, "HEAD", "/ui/page.js")[2] == b""
        for path in (
            "/ui/__init__.py",
            "/ui/none.js",
            "/ui/../out.js",
            "/ui/%2e%2e/out.js",
            "/ui/..%2fout.js",
            "/uisomething",
        ):
            assert call(server, "GET", path)[0] == 404, path
        assert call(server, "POST", "/ui/")[0] == 404
    with door(ui=False) as server:
        assert call(server, "GET", "/ui/")[0] == 404


def test_tls():
    authority, leaf = authority_and_leaf()
    tls = Tls(leaf.key.encode(), leaf.certificate.encode())
    context = ssl.create_default_context(cadata=authority.certificate)
    with door(tls=tls) as server:
        status, _, content = call(
            server, "POST", PREDICT, {"instances": [[2.0]]}, context=context
        )
        assert (status, json.loads(content)) == (200, {"predictions": [[3.0]]})
        with pytest.raises((http.client.HTTPException, OSError)):
            call(server, "GET", "/healthz")


def test_idle_connections_do_not_hold_up_the_end():
    authority, leaf = authority_and_leaf()
    tls = Tls(leaf.key.encode(), leaf.certificate.encode())
    context = ssl.create_default_context(cadata=authority.certificate)
    server = RestServer(FakeCore(), "127.0.0.1", 0, 2, 1.0, 1000, tls=tls)
    server.start()
    idle = http.client.HTTPSConnection("localhost", server.port, context=context)
    with contextlib.closing(idle):
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        begin = time.monotonic()
        server.stop(4 * PATIENCE)
        assert time.monotonic() - begin < PATIENCE


def test_mutual_tls(tmp_path):
    authority, leaf = authority_and_leaf()
    client_authority, client = authority_and_leaf("client")
    tls = Tls(
        leaf.key.encode(),
        leaf.certificate.encode(),
        client_authority.certificate.encode(),
        client_verify=True,
    )
    (tmp_path / "client.pem").write_text(client.key + client.certificate)
    without = ssl.create_default_context(cadata=authority.certificate)
    own = ssl.create_default_context(cadata=authority.certificate)
    own.load_cert_chain(tmp_path / "client.pem")
    with door(tls=tls) as server:
        assert call(server, "GET", "/healthz", context=own)[0] == 200
        with pytest.raises(OSError):
            call(server, "GET", "/healthz", context=without)


def test_port_shared_by_two():
    with door(reuse_port=True) as one:
        two = RestServer(FakeCore(), "127.0.0.1", one.port, 1, 1.0, 1, reuse_port=True)
        assert two.port == one.port
        two.stop(0)
    with door() as one, pytest.raises(OSError, match="in use"):
        RestServer(FakeCore(), "127.0.0.1", one.port, 1, 1.0, 1)


def test_time_limit():
    core = FakeCore()
    with door(core, timeout=0.3) as server:
        status, answer = predict(server, {"instances": [[-1.0]]})
        assert (status, "Timed out" in answer["error"]) == (504, True)
        assert 0 < core.servable.timeouts[0] <= 0.3
        assert predict(server, {"instances": [[2.0]]})[0] == 200


class Stubborn(FakeServable):
    """Takes its time, whatever it is told."""

    def run(self, feeds, fetches, timeout=None, has_gone=None):
        self.timeouts.append(timeout)
        time.sleep(0.6)
        return super().run(feeds, fetches, timeout)


def test_what_waits_beyond_its_time_does_not_run():
    core = FakeCore()
    core.servable = Stubborn()
    body = json.dumps({"instances": [[2.0]]})
    with door(core, threads=1, timeout=0.2) as server, contextlib.ExitStack() as stack:
        connections = []
        for _ in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            stack.enter_context(contextlib.closing(connection))
            connection.request("POST", PREDICT, body)
            connections.append(connection)
        assert [c.getresponse().status for c in connections] == [504] * 3
        time.sleep(0.8)
    assert len(core.servable.timeouts) == 2  # one run, told of by both classes


@pytest.mark.parametrize(("door_name", "shown"), [("own", False), ("stock", True)])
def test_paths_of_the_server_in_errors(request, door_name, shown):
    server = request.getfixturevalue(door_name)
    path = "/v1/models/broken:predict"
    status, answer = predict(server, {"instances": [[2.0]]}, path)
    assert status == 500
    assert "variables.index" in answer["error"]
    assert ("/srv/secret" in answer["error"]) is shown
    _, _, content = call(server, "GET", "/v1/models/broken")
    assert b"variables.index" in content
    assert (b"/srv/secret" in content) is shown


def test_paths_that_the_client_sent_stay_in_errors(own):
    path = "/v1/models/m/versions/abc"
    _, _, content = call(own, "GET", path)
    assert json.loads(content)["error"] == f"Malformed request: GET {path}"


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ('"x": ', ', "instances": [[2.0]]', 200),
        ('"signature_name": ', ', "instances": [[2.0]]', 400),
        ('"instances": ', "", 400),
        ('"inputs": ', "", 400),
    ],
)
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_half_a_million_brackets(before, after, status, bracket):
    close = "]" if bracket == "[" else "}"
    value = bracket * 500_000 + "1" + close * 500_000
    with door(largest_body=64 << 20) as server:
        body = f"{{{before}{value}{after}}}".encode()
        assert predict(server, body)[0] == status
        assert predict(server, {"instances": [[2.0]]})[0] == 200


def test_depth_has_a_limit():
    with door(json_depth=2000) as server:
        for depth, status in ((1999, 200), (2001, 400)):
            body = '{"x": ' + "[" * depth + "]" * depth + ', "instances": [[2.0]]}'
            assert predict(server, body)[0] == status


def test_unpacked_size_has_a_limit():
    body = gzip.compress(b'{"instances": [[2.0]]}' + b" " * 1000)
    packed = {"content_encoding": "gzip"}
    with door(largest_unpacked=2000) as server:
        assert predict(server, body, **packed)[0] == 200
    with door(largest_unpacked=1000) as server:
        status, answer = predict(server, body, **packed)
        assert (status, "empty" in answer["error"]) == (400, True)


def test_body_that_is_announced_as_too_large_is_not_sent():
    with door(largest_body=1000) as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as sent:
            head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n"
            sent.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
            answer = sent.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 413")


def test_body_may_wait_for_its_permission(own):
    with socket.create_connection(("127.0.0.1", own.port), 10) as sent:
        body = b'{"instances": [[2.0]]}'
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        sent.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert sent.recv(1 << 16).startswith(b"HTTP/1.1 100")
        sent.sendall(body)
        assert sent.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_chunked_body(own):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", own.port)) as sent:
        parts = iter([b'{"instances": ', b"[[2.0]]}"])
        sent.request("POST", PREDICT, parts, encode_chunked=True)
        assert json.loads(sent.getresponse().read()) == {"predictions": [[3.0]]}


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/models/m", "/v1/nothing"])
def test_large_bodies_where_none_is_wanted(own, path):
    assert call(own, "GET", path, b"x" * (10 << 20))[0] in (200, 400, 404)
    assert call(own, "GET", "/healthz")[0] == 200


def test_slow_heads_are_cut_off(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    with door() as server:
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address, 10) as silent:
            assert silent.recv(1) == b""
        with socket.create_connection(address, 10) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while b"}" not in received:
                received += slow.recv(1 << 16)
            slow.sendall(b"GET /hea")  # a second one that never ends
            assert slow.recv(1) == b""
        with socket.create_connection(address, 10) as fine:
            fine.sendall(b"GET /healthz HTTP/1.1\r\n")
            fine.sendall(b"Host: x\r\n\r\n")
            assert fine.recv(1 << 16).startswith(b"HTTP/1.1 200")


def test_slow_bodies_are_cut_off(monkeypatch):
    monkeypatch.setattr("serving.rest.app._BODY_SECONDS", 0.3)
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    with (
        door() as server,
        socket.create_connection(("127.0.0.1", server.port), 10) as slow,
    ):
        slow.sendall(head.encode())
        assert slow.recv(1 << 16).startswith(b"HTTP/1.1 408")


def test_client_that_goes_away(own):
    with socket.create_connection(("127.0.0.1", own.port), 10) as gone:
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
        gone.sendall(head.encode())
        time.sleep(0.05)
    assert predict(own, {"instances": [[2.0]]})[0] == 200


def test_method_names():
    body = {"signature_name": "odd", "instances": [[2.0]]}
    with door(method_name_check=True) as server:
        status, answer = predict(server, body)
        assert (status, "Was: odd" in answer["error"]) == (500, True)
        assert predict(server, {"instances": [[2.0]]})[0] == 200
        missing = {"signature_name": "none", "instances": [[2.0]]}
        assert predict(server, missing)[0] == 400


@pytest.mark.parametrize("secure", [False, True])
def test_drain(secure):
    core, tls = FakeCore(), None
    connect = http.client.HTTPConnection
    if secure:
        authority, leaf = authority_and_leaf()
        tls = Tls(leaf.key.encode(), leaf.certificate.encode())
        context = ssl.create_default_context(cadata=authority.certificate)
        connect = functools.partial(http.client.HTTPSConnection, context=context)
    server = RestServer(core, "127.0.0.1", 0, 2, 0.5, 1000, tls=tls)
    server.start()
    connection = connect("localhost", server.port)
    with contextlib.closing(connection):
        connection.request("POST", PREDICT, '{"instances": [[-1.0]]}')
        assert core.servable.running.wait(PATIENCE)
        server.stop(10)
        assert connection.getresponse().status == 504


class Unavailable(FakeServable):
    def run(self, feeds, fetches, timeout=None, has_gone=None):
        raise ServingError(Code.UNAVAILABLE, "the queue is full")


def test_codes_become_http_statuses():
    core = FakeCore()
    core.servable = Unavailable()
    with door(core) as server:
        status, answer = predict(server, {"instances": [[2.0]]})
        assert (status, answer) == (503, {"error": "the queue is full"})
