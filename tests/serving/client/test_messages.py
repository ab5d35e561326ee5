"""The client's own messages are the protocol's."""

import pytest
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
)

from serving.client import messages

STOCK = {
    "PredictRequest": predict_pb2.PredictRequest,
    "PredictResponse": predict_pb2.PredictResponse,
    "MetadataRequest": get_model_metadata_pb2.GetModelMetadataRequest,
    "MetadataResponse": get_model_metadata_pb2.GetModelMetadataResponse,
    "SignatureDefMap": get_model_metadata_pb2.SignatureDefMap,
    "StatusRequest": get_model_status_pb2.GetModelStatusRequest,
    "StatusResponse": get_model_status_pb2.GetModelStatusResponse,
}


def assert_part_of(mine, stock):
    """Every field of one message is in the other, with the same form on the wire."""
    for field in mine.fields:
        other = stock.fields_by_name[field.name]
        assert field.number == other.number, field.full_name
        assert field.is_repeated == other.is_repeated, field.full_name
        assert field.is_packed == other.is_packed, field.full_name
        if field.message_type:
            assert_part_of(field.message_type, other.message_type)
        else:
            kind = field.TYPE_INT32 if other.type == field.TYPE_ENUM else other.type
            assert field.type == kind, field.full_name


@pytest.mark.parametrize("name", STOCK)
def test_messages_are_the_stock_ones_on_the_wire(name):
    mine = getattr(messages, name)
    assert_part_of(mine.DESCRIPTOR, STOCK[name].DESCRIPTOR)
