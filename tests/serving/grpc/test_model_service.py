"""The wire of ModelService, against the real process."""

import grpc
import pytest
from tensorflow_serving.apis import get_model_status_pb2, model_management_pb2

AVAILABLE = 30


def test_status_of_a_healthy_model(half_plus_two):
    assert half_plus_two.status() == [(123, AVAILABLE, 0)]
    assert half_plus_two.status(version=123) == [(123, AVAILABLE, 0)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "nowhere"}, "Could not find any versions of model nowhere"),
        ({"name": ""}, "Could not find any versions of model"),
        ({"version": 7}, "Could not find version 7 of model half_plus_two"),
    ],
)
def test_status_of_the_unknown(half_plus_two, fields, said):
    with pytest.raises(grpc.RpcError) as caught:
        half_plus_two.status(**fields)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert said in caught.value.details()


def test_label_is_ignored(half_plus_two):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "half_plus_two"
    request.model_spec.version_label = "stable"
    response = half_plus_two.model.GetModelStatus(request)
    assert [entry.version for entry in response.model_version_status] == [123]


def test_no_spec(half_plus_two):
    request = get_model_status_pb2.GetModelStatusRequest()
    with pytest.raises(grpc.RpcError) as caught:
        half_plus_two.model.GetModelStatus(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "Missing ModelSpec" in caught.value.details()


def test_reload_takes_lists_alone(half_plus_two):
    request = model_management_pb2.ReloadConfigRequest()
    with pytest.raises(grpc.RpcError) as caught:
        half_plus_two.model.HandleReloadConfigRequest(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "Only ModelConfigList is currently supported" in caught.value.details()
