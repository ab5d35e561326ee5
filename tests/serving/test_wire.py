"""What only a whole server shows: both doors, the core and the metrics together."""

import json

import grpc
import numpy as np
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.waiting import wait_until


def numbers(server):
    """dict of line to number, of the server's metrics."""
    status, headers, content = server.rest("GET", "/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    lines = [line for line in content.decode().splitlines() if line[0] != "#"]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def picture(level):
    image = np.full((8, 8, 3), level, np.uint8)
    return tf.io.encode_png(image).numpy()


def test_verdicts_of_both_doors_are_counted(detector):
    count = 'novnorm_{}_total{{model="detector",version="1"}}'.format
    before = numbers(detector)
    pictures = np.array([picture(250), picture(10)], object)
    detector.predict({"image_bytes": pictures}, "serving_bytes")
    image = {"Content-Type": "image/png"}
    path = "/v1/models/detector:predict"
    status, headers, content = detector.rest("POST", path, picture(250), image)
    assert status == 200
    assert json.loads(content)["predictions"][0]["is_novel"] is True
    assert {k.lower(): v for k, v in headers.items()}["x-model-version"] == "1"
    after = numbers(detector)

    def grown(name):
        return after[name] - before.get(name, 0)

    assert grown(count("predictions")) == 3
    assert grown(count("novel")) == 2
    assert grown('novnorm_p_value_count{model="detector",version="1"}') == 3
    low = 'novnorm_p_value_bucket{le="0.5",model="detector",version="1"}'
    assert grown(low) == 2
    state = 'novnorm_model_version_state{model="detector",version="1"}'
    assert after[state] == 30
    stock = ':tensorflow:serving:request_count{model_name="detector",status="OK"}'
    assert grown(stock) >= 2


def test_health_follows_the_models(detector):
    with grpc.insecure_channel(detector.target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", "tensorflow.serving.PredictionService"):
            request = health_pb2.HealthCheckRequest(service=service)
            assert stub.Check(request).status == health_pb2.HealthCheckResponse.SERVING


def test_models_are_listed(detector):
    status, _, content = detector.rest("GET", "/models")
    versions = [{"version": "1", "state": "AVAILABLE"}]
    assert status == 200
    assert json.loads(content) == {
        "models": [{"name": "detector", "versions": versions}]
    }


def test_deadline_ends_the_run(half_plus_two):
    # The graph would run for minutes.
    request = half_plus_two.request({"rounds": np.int32(10**6)}, "slow")
    call = half_plus_two.prediction.Predict.future(request, timeout=0.3)
    assert call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    name = 'novnorm_requests_total{model="half_plus_two",signature="slow",'
    name += 'status="DEADLINE_EXCEEDED",version="123"}'
    assert wait_until(lambda: numbers(half_plus_two).get(name))


def test_half_a_million_brackets(half_plus_two):
    deep = "[" * 500_000 + "]" * 500_000
    body = f'{{"x": {deep}, "instances": [2.0]}}'
    assert half_plus_two.rest_predict(body) == (200, {"predictions": [3.0]})
    for key in ("signature_name", "instances"):
        assert half_plus_two.rest_predict(f'{{"{key}": {deep}}}')[0] == 400
    assert half_plus_two.rest_predict({"instances": [2.0]})[0] == 200
