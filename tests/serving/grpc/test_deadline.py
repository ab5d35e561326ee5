import pytest

from serving.grpc.deadline import time_left
from serving.status import Code, ServingError


class Context:
    """What `time_left` asks of a `grpc.ServicerContext`."""

    def __init__(self, left, active=True):
        self.time_remaining = lambda: left
        self.is_active = lambda: active


@pytest.mark.parametrize("stock", [False, True])
@pytest.mark.parametrize(
    ("left", "limit"), [(None, None), (2.5, 2.5), (9.2e18, None), (float("inf"), None)]
)
def test_time_left(left, limit, stock):
    assert time_left(Context(left), stock) == limit


@pytest.mark.parametrize(
    ("context", "code"),
    [
        (Context(0), Code.DEADLINE_EXCEEDED),
        (Context(0, active=False), Code.DEADLINE_EXCEEDED),
        (Context(1, active=False), Code.CANCELLED),
        (Context(None, active=False), Code.CANCELLED),
    ],
)
def test_nobody_waits(context, code):
    with pytest.raises(ServingError) as caught:
        time_left(context)
    assert caught.value.code is code


def test_stock_runs_what_nobody_waits_for():
    assert time_left(Context(0, active=False), stock=True) is None
