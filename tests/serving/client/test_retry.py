"""Further tries: when, how long, and when not."""

import grpc
import pytest

from serving.client.retry import GaveUpError, Retry

Code = grpc.StatusCode


class Refused(grpc.RpcError):
    def __init__(self, code, details=""):
        super().__init__()
        self._code, self._details = code, details

    def code(self):
        return self._code

    def details(self):
        return self._details


class Server:
    """Answers with errors first; keeps a clock of its own."""

    def __init__(self, *errors, seconds=0.0):
        self.errors = list(errors)
        self.now = 0.0
        self.pauses = []
        self.timeouts = []
        self._seconds = seconds

    def method(self, request, timeout):
        self.timeouts.append(timeout)
        # As gRPC does: a call that is not over by its time limit ends there.
        self._pass(min(self._seconds, timeout))
        if self._seconds > timeout:
            raise Refused(Code.DEADLINE_EXCEEDED)
        if self.errors:
            raise self.errors.pop(0)
        return request

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self._pass(seconds)

    def _pass(self, seconds):
        self.now = round(self.now + seconds, 6)  # a sum of rests is not quite whole

    def call(self, retries=5, timeout=60.0):
        retry = Retry(retries, timeout, clock=lambda: self.now, sleep=self.sleep)
        return retry.call(self.method, "request")


def test_what_passes_is_tried_again_with_growing_pauses():
    errors = [Refused(Code.UNAVAILABLE), Refused(Code.RESOURCE_EXHAUSTED)] * 2
    server = Server(*errors)
    assert server.call() == "request"
    assert len(server.pauses) == 4
    for pause, longest in zip(server.pauses, [0.1, 0.2, 0.4, 0.8], strict=True):
        assert longest / 2 <= pause <= longest


def test_pauses_differ_between_clients():
    def pauses():
        server = Server(*[Refused(Code.UNAVAILABLE)] * 3)
        server.call()
        return server.pauses

    assert pauses() != pauses()


@pytest.mark.parametrize(
    "error",
    [
        Refused(Code.INVALID_ARGUMENT),
        Refused(Code.DEADLINE_EXCEEDED),
        Refused(Code.RESOURCE_EXHAUSTED, "Received message larger than max (9 vs. 4)"),
    ],
    ids=lambda error: error.code().name,
)
def test_what_no_wait_cures_is_not_tried_again(error):
    server = Server(error)
    with pytest.raises(Refused):
        server.call()
    assert server.pauses == []


def test_tries_end_after_their_number():
    server = Server(*[Refused(Code.UNAVAILABLE, "closed")] * 9)
    with pytest.raises(GaveUpError) as caught:
        server.call(retries=2)
    assert caught.value.attempts == 3
    assert caught.value.__cause__.details() == "closed"


def test_time_is_for_all_tries_together():
    server = Server(*[Refused(Code.UNAVAILABLE)] * 99, seconds=1.0)
    with pytest.raises(GaveUpError) as caught:
        server.call(retries=99, timeout=5.0)
    assert caught.value.seconds <= 5.0 == server.timeouts[0]
    assert server.timeouts == sorted(server.timeouts, reverse=True)


def test_running_out_of_time_while_trying_tells_the_first_reason():
    errors = [Refused(Code.UNAVAILABLE, "closed"), Refused(Code.DEADLINE_EXCEEDED)]
    with pytest.raises(GaveUpError) as caught:
        Server(*errors).call()
    assert caught.value.__cause__.details() == "closed"
