"""A picture with NaN among good ones, sent to a server: named, and never normal."""

import json
import sys
import urllib.request

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from keras_novnorm.export import export_saved_model
from serving.client.results import Json, JsonLines
from serving.local_server import LocalServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def float_server(trained, tmp_path_factory):
    """The detector with float pictures, which may hold anything, behind the server."""
    base_path = tmp_path_factory.mktemp("models") / "floats"
    export_saved_model(trained, base_path, input_dtype="float32")
    with LocalServer("floats", base_path, patience=300) as server:
        yield server


@pytest.fixture(scope="module")
def spoilt(digits):
    images = digits["test_normal"][:5].astype("float32") / 255
    images[1, 3, 4, 0], images[3, 0, 0, 0] = np.nan, -np.inf
    return images


BAD = np.array([False, True, False, True, False])


def assert_good_ones_score_and_bad_ones_are_novel(rows, trained, spoilt):
    expected = trained.predict(spoilt[~BAD], verbose=0)
    for name, values in expected.items():
        found = np.array([row[name] for row in rows])[~BAD]
        np.testing.assert_allclose(
            found.astype("float32"), values.astype("float32"), rtol=1e-5, err_msg=name
        )
    for row in (rows[1], rows[3]):
        assert row["is_novel"]
        assert np.isnan(row["score"]) and np.isnan(row["p_value"])


def test_over_grpc(float_server, trained, spoilt):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "floats"
    request.inputs["images"].CopyFrom(tf.make_tensor_proto(spoilt))
    with grpc.insecure_channel(float_server.target) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        outputs = stub.Predict(request, timeout=300).outputs
    columns = {name: tf.make_ndarray(value) for name, value in outputs.items()}
    rows = [{name: values[i] for name, values in columns.items()} for i in range(5)]
    assert_good_ones_score_and_bad_ones_are_novel(rows, trained, spoilt)


def test_over_rest(float_server, trained, spoilt):
    # Python writes NaN and Infinity as TensorFlow Serving reads them.
    request = urllib.request.Request(
        f"{float_server.rest}/v1/models/floats:predict",
        json.dumps({"instances": spoilt.tolist()}).encode(),
    )
    with urllib.request.urlopen(request) as answer:
        rows = json.loads(answer.read())["predictions"]
    assert_good_ones_score_and_bad_ones_are_novel(rows, trained, spoilt)


def test_rows_without_a_finite_score_are_json_all_the_same(capsys):
    row = {"file": "a.png", "score": float("nan"), "is_novel": True, "p_value": 0.5}
    lines, whole = JsonLines(sys.stdout), Json()
    for writer in (lines, whole):
        writer.add(row)
        writer.close()
    first, _, rest = capsys.readouterr().out.partition("\n")
    for found in (json.loads(first), json.loads(rest)[0]):
        assert found == {**row, "score": None}
