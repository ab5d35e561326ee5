"""Metrics, sockets, TLS, health and other kinds of exports: cases 43 to 46 and 49."""

import re
import shutil
import subprocess

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from tests.serving import exports
from tests.serving.conformance.cases import case
from tests.serving.conformance.server import Address, refused
from tests.waiting import PATIENCE

X = {"x": np.array([2.0], np.float32)}
METRICS = "/monitoring/prometheus/metrics"


def metric(server, name, **labels):
    """float, the value of one sample, 0 where it is not there yet."""
    status, _, content = server.rest("GET", METRICS)
    assert status == 200
    for line in content.decode().splitlines():
        match = re.fullmatch(r"(:[\w:]+)(?:\{(.*)\})? (\S+)", line)
        if match and match[1] == name:
            found = dict(re.findall(r'(\w+)="((?:[^"\\\\]|\\\\.)*)"', match[2] or ""))
            if found == labels:
                return float(match[3])
    return 0.0


@case(43)
def test_metrics(server):
    count = ":tensorflow:serving:request_count"
    ok = {"model_name": "half_plus_two", "status": "OK"}
    faulty = {"model_name": "half_plus_two", "status": "INVALID_ARGUMENT"}
    latency = ":tensorflow:serving:request_latency_count"
    served = {"model_name": "half_plus_two", "API": "Predict", "entrypoint": "GRPC"}
    rest = {"model_name": "half_plus_two", "API": "predict", "entrypoint": "REST"}

    def values():
        return [
            metric(server, count, **ok),
            metric(server, count, **faulty),
            metric(server, latency, **served),
            metric(server, latency, **rest),
        ]

    before = values()
    server.predict("half_plus_two", X)
    server.rest_predict("half_plus_two", {"instances": [1.0]})
    with refused("INVALID_ARGUMENT"):
        server.predict("half_plus_two", {})
    after = values()
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1, 1, 1]
    text = server.rest("GET", METRICS)[2].decode()
    assert f"# TYPE {count} counter" in text
    assert "# TYPE :tensorflow:serving:request_latency histogram" in text
    assert "# HELP :tensorflow" not in text
    buckets = re.findall(
        r':request_latency_bucket\{[^}]*GRPC[^}]*le="([\d.e+]+|\+Inf)"', text
    )
    assert [float(b) for b in buckets[:3]] == pytest.approx([10, 18, 32.4])
    assert server.rest("GET", f"{METRICS}?x=1")[0] == 400


@pytest.mark.slow
@case(43)
def test_metrics_are_off_unless_asked_for(secured):
    assert secured.rest("GET", METRICS)[0] == 404


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Folder with a certificate authority, a server's and a client's certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the command openssl")
    folder = tmp_path_factory.mktemp("tls")

    def run(*words):
        command = ["openssl", *words]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    run(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem"),
    )
    for name in ("server", "client"):
        run(
            *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr", "-addext", names),
        )
        run(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey"),
            *("ca.key", "-CAcreateserial", "-days", "2", "-copy_extensions", "copy"),
            *("-out", f"{name}.pem"),
        )
    return folder


def credentials(authority, with_client):
    def read(name):
        return (authority / name).read_bytes()

    own = (read("client.key"), read("client.pem")) if with_client else (None, None)
    return grpc.ssl_channel_credentials(read("ca.pem"), *own)


@pytest.fixture(scope="module")
def secured(start, folder, authority, tmp_path_factory):
    """A server with mutual TLS, a UNIX socket, health and channel arguments."""

    def text(name):
        return (authority / name).read_text().replace("\n", "\\n")

    file = tmp_path_factory.mktemp("ssl") / "ssl.config"
    file.write_text(
        f'server_key: "{text("server.key")}"\nserver_cert: "{text("server.pem")}"\n'
        f'custom_ca: "{text("ca.pem")}"\nclient_verify: true\n'
    )
    with start(
        "--model_name=half_plus_two",
        f"--model_base_path={folder}/half_plus_two",
        f"--ssl_config_file={file}",
        f"--grpc_socket_path={authority}/grpc.sock",
        "--enable_grpc_healthcheck_service",
        "--grpc_channel_arguments=grpc.max_connection_age_ms=60000,"
        "grpc.keepalive_time_ms=20000",
        credentials=credentials(authority, with_client=True),
    ) as server:
        yield server


@pytest.mark.slow
@case(46)
def test_mutual_tls(secured, authority):
    assert secured.predict("half_plus_two", X).outputs["y"].float_val[0] == 3.0
    stranger = Address(secured.target, "", credentials(authority, with_client=False))
    with refused("UNAVAILABLE"):
        stranger.predict("half_plus_two", X, timeout=PATIENCE)
    stranger.close()
    # REST stays plain.
    status, body = secured.rest_predict("half_plus_two", {"instances": [2.0]})
    assert (status, body) == (200, {"predictions": [3.0]})


@pytest.mark.slow
@case(44)
def test_unix_socket_and_channel_arguments(secured, authority):
    with grpc.secure_channel(
        f"unix:{authority}/grpc.sock",
        credentials(authority, with_client=True),
        [("grpc.ssl_target_name_override", "localhost")],
    ) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        address = Address.__new__(Address)
        address.prediction = stub
        assert address.predict("half_plus_two", X).outputs["y"].float_val[0] == 3.0


def check(channel, service):
    request = health_pb2.HealthCheckRequest(service=service)
    return health_pb2_grpc.HealthStub(channel).Check(request, timeout=PATIENCE).status


@case(49)
def test_health(server, secured):
    with refused("UNIMPLEMENTED"):
        check(server.channel, "")
    for service in ("", "ModelService", "PredictionService"):
        assert check(secured.channel, service) == health_pb2.HealthCheckResponse.SERVING
    with refused("NOT_FOUND"):
        check(secured.channel, "tensorflow.serving.PredictionService")


class AnyRank(tf.Module):
    """An input of unknown rank, in two signatures."""

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, name="x")])
    def double(self, x):
        return {"y": 2.0 * x}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, name="x")])
    def negate(self, x):
        return {"y": -x}


@case(45)
@pytest.mark.slow
def test_other_kinds_of_exports(start, tmp_path):
    import keras

    module = AnyRank()
    signatures = {"serving_default": module.double, "negate": module.negate}
    exports.save(module, f"{tmp_path}/any_rank/1", signatures)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")]
    )
    model.export(f"{tmp_path}/sequential/1", verbose=False)
    with tf.distribute.MirroredStrategy(["cpu:0"]).scope():
        mirrored = AnyRank()
        mirrored.variable = tf.Variable(1.0)
    exports.save(
        mirrored, f"{tmp_path}/mirrored/1", {"serving_default": mirrored.negate}
    )
    from tests.serving.conformance.models import config

    names = ("any_rank", "sequential", "mirrored")
    file = tmp_path / "models.config"
    file.write_text(
        config(tmp_path, dict.fromkeys(names, "latest { num_versions: 1 }"))
    )
    with start(f"--model_config_file={file}") as server:
        y = server.predict("any_rank", {"x": np.ones((1, 2, 3), np.float32)}).outputs[
            "y"
        ]
        assert list(y.float_val) == [2.0] * 6
        scalar = server.predict("any_rank", {"x": np.float32(2)}, signature="negate")
        assert list(scalar.outputs["y"].float_val) == [-2.0]
        status, body = server.rest_predict("sequential", {"instances": [[1.0, 2.0]]})
        assert (status, body) == (200, {"predictions": [[3.0]]})
        minus = server.predict("mirrored", {"x": np.float32(2)}).outputs["y"]
        assert list(minus.float_val) == [-2.0]
