"""Envoy before two servers: one connection of a client, and both of them answer."""

import collections
import concurrent.futures
import subprocess
import time

import grpc
import pytest
import yaml
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.deployment.tools import FOLDER, check, find
from tests.waiting import PATIENCE

CONFIG = FOLDER / "envoy" / "envoy.yaml"
ANY = "/tensorflow.serving.PredictionService/Predict"


def test_envoy_finds_no_fault():
    assert "OK" in check("envoy", "--mode", "validate", "-c", CONFIG)


class Named(grpc.GenericRpcHandler):
    """Answers with a name."""

    def __init__(self, name):
        self._name = name

    def service(self, details):
        if details.method != ANY:
            return None
        return grpc.unary_unary_rpc_method_handler(lambda request, context: self._name)


@pytest.fixture
def servers():
    """(server, port) of two that are well."""
    started = []
    for name in (b"first", b"second"):
        pool = concurrent.futures.ThreadPoolExecutor(2)
        server = grpc.server(pool, [Named(name)])
        servicer = health.HealthServicer()
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        started.append((server, port))
    yield started
    for server, _ in started:
        server.stop(0).wait()


@pytest.fixture
def target(servers, tmp_path, unused_ports):
    """Envoy's address: the shipped file, with ports that are free."""
    config = yaml.safe_load(CONFIG.read_text())
    resources = config["static_resources"]
    front, admin = unused_ports
    places = [
        resources["listeners"][0]["address"],
        config["admin"]["address"],
        *(
            endpoint["endpoint"]["address"]
            for endpoint in resources["clusters"][0]["load_assignment"]["endpoints"][0][
                "lb_endpoints"
            ]
        ),
    ]
    ports = [front, admin, *(port for _, port in servers)]
    for place, port in zip(places, ports, strict=True):
        assert place["socket_address"]["address"] == "127.0.0.1"
        place["socket_address"]["port_value"] = port
    path = tmp_path / "envoy.yaml"
    path.write_text(yaml.safe_dump(config))
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(
            [find("envoy"), "-c", path, "--use-dynamic-base-id", "--concurrency", "1"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    yield f"127.0.0.1:{front}"
    process.terminate()
    process.wait(PATIENCE)


def test_requests_of_one_connection_go_in_turn_and_around_the_dead(target, servers):
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary(ANY)
        answers = wait_for_both(call)
        counts = collections.Counter(call(b"", timeout=PATIENCE) for _ in range(20))
        assert counts == {b"first": 10, b"second": 10}, answers
        servers[0][0].stop(0).wait()
        # None is lost: what met the dead one was sent to the other.
        answers = {call(b"", timeout=PATIENCE) for _ in range(20)}
        assert answers == {b"second"}


def wait_for_both(call):
    seen = set()
    deadline = time.monotonic() + PATIENCE
    while len(seen) < 2:
        assert time.monotonic() < deadline, seen
        try:
            seen.add(call(b"", timeout=5, wait_for_ready=True))
        except grpc.RpcError:
            time.sleep(0.1)  # no server is known to be well yet
    return seen
