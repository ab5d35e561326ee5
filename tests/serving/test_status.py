import pytest
import tensorflow as tf

from serving.grpc.errors import truncate
from serving.status import Code, ServingError, from_exception


@pytest.mark.parametrize(
    ("name", "http"),
    [
        ("INVALID_ARGUMENT", 400),
        ("FAILED_PRECONDITION", 400),
        ("OUT_OF_RANGE", 400),
        ("NOT_FOUND", 404),
        ("ALREADY_EXISTS", 409),
        ("ABORTED", 409),
        ("RESOURCE_EXHAUSTED", 429),
        ("PERMISSION_DENIED", 403),
        ("UNAUTHENTICATED", 401),
        ("DEADLINE_EXCEEDED", 504),
        ("UNIMPLEMENTED", 501),
        ("UNAVAILABLE", 503),
        ("CANCELLED", 499),
        ("INTERNAL", 500),
        ("UNKNOWN", 500),
        ("DATA_LOSS", 500),
    ],
)
def test_http_status(name, http):
    assert Code[name].http == http


def test_numbers_are_those_of_grpc():
    import grpc

    assert {code.name: code.number for code in Code} == {
        status.name: status.value[0] for status in grpc.StatusCode
    }


def test_every_exception_has_a_place():
    error = from_exception(tf.errors.InvalidArgumentError(None, None, "rank"))
    assert (error.code, error.message) == (Code.INVALID_ARGUMENT, "rank")
    known = ServingError(Code.NOT_FOUND, "x")
    assert from_exception(known) is known
    error = from_exception(KeyError("y"))
    assert (error.code, error.message) == (Code.INTERNAL, "KeyError: 'y'")
    try:
        b"quoted: \xff".decode()
    except UnicodeDecodeError as quoted:
        error = from_exception(quoted)
    assert (error.code, error.message) == (Code.INVALID_ARGUMENT, "quoted: \ufffd")


def test_long_texts_are_cut_for_grpc():
    assert truncate("a" * 1024) == "a" * 1024
    cut = truncate("a" * 1025)
    assert len(cut) == 1024 and cut.endswith("a...TRUNCATED")
