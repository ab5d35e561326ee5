"""Versions, labels, metadata and status over gRPC: cases 11 to 13."""

import grpc
import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.config import model_server_config_pb2

from tests.serving.conformance import models
from tests.serving.conformance.cases import case
from tests.serving.conformance.server import refused
from tests.waiting import PATIENCE

X = {"x": np.array([2.0], np.float32)}
AVAILABLE = 30


@pytest.fixture(scope="module")
def labelled(server, folder):
    """The server, with labels A and B for the two versions of `two_versions`."""
    labels = [("two_versions", "A", 123), ("two_versions", "B", 124)]
    text = models.config(folder, models.POLICIES, labels)
    config = text_format.Parse(text, model_server_config_pb2.ModelServerConfig())
    assert server.reload(config).status.error_code == 0
    return server


def answered(server, model, **choice):
    response = server.predict(model, X, **choice)
    assert not response.model_spec.version_label
    return response.model_spec.version.value, response.outputs["y"].float_val[0]


@case(11)
def test_version_by_default_and_by_number(server):
    assert answered(server, "two_versions") == (124, 4.0)
    assert answered(server, "two_versions", version=123) == (123, 3.0)
    assert answered(server, "version_zero") == (0, 3.0)
    assert answered(server, "version_zero", version=0) == (0, 3.0)
    for version in (0, 122, 2**62):
        gist = f"Servable not found for request: Specific(two_versions, {version})"
        with refused("NOT_FOUND", gist):
            answered(server, "two_versions", version=version)


@case(11)
def test_labels(labelled):
    assert answered(labelled, "two_versions", label="A") == (123, 3.0)
    assert answered(labelled, "two_versions", label="B") == (124, 4.0)
    for model in ("two_versions", "half_plus_two", "nowhere"):
        with refused("INVALID_ARGUMENT", "Unrecognized servable version label: C"):
            answered(labelled, model, label="C")


@case(12)
def test_metadata(server):
    response = server.metadata("half_plus_two", "signature_def")
    spec = response.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == (
        "half_plus_two",
        123,
        "",
    )
    assert list(response.metadata) == ["signature_def"]
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert {"serving_default", "regress_x_to_y", "classify_x_to_y"} <= set(
        signatures.signature_def
    )
    signature = signatures.signature_def["serving_default"]
    assert [d.size for d in signature.inputs["x"].tensor_shape.dim] == [-1, 1]


@case(12)
def test_metadata_refused(server):
    with refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        server.metadata(None)
    with refused("INVALID_ARGUMENT", "must specify at least one metadata_field"):
        server.metadata("nowhere")
    with refused("INVALID_ARGUMENT", "Metadata field other is not supported"):
        server.metadata("half_plus_two", "other")
    with refused("NOT_FOUND", "Servable"):
        server.metadata("nowhere", "signature_def")


@case(13)
def test_status(server):
    assert server.status("half_plus_two") == [(123, AVAILABLE, 0)]
    two = [(124, AVAILABLE, 0), (123, AVAILABLE, 0)]
    assert server.status("two_versions") == two
    assert server.status("two_versions", version=123) == two[1:]
    assert server.status("two_versions", label="never heard of") == two
    with refused("NOT_FOUND", "Could not find any versions of model nowhere"):
        server.status("nowhere")
    with refused("NOT_FOUND", "Could not find any versions of model"):
        server.status("")
    with refused("NOT_FOUND", "Could not find version 7 of model half_plus_two"):
        server.status("half_plus_two", version=7)
    with refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        server.status(None)


@case(13)
def test_what_is_not_served_is_unimplemented(server):
    call = server.channel.unary_unary("/tensorflow.serving.SessionService/SessionRun")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"", timeout=PATIENCE)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
